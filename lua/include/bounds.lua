-- A waiting job is set aside by adding parked to its score. A job whose score is at most first_parked is not set aside.
local parked = 4e15
local first_parked = 2e15

-- The most bytes that the jobs of one claim have together, where it takes more than one, and that a single job has. A
-- client takes a reply of 64 MiB.
local most_claimed_bytes = 16777216
local most_job_bytes = 33554432

-- The longest lease that a worker may ask for (ms).
local longest_lease_ms = 3600000
