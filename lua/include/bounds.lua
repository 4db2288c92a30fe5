-- A waiting job that is set aside has 4 x 10^15 added to its score: none below first_parked is set aside.
local parked = 4e15
local first_parked = 2e15

-- How many bytes the jobs of one claim may have together, but for its last one, and how many one job: a client takes a
-- reply of 64 MiB.
local most_claimed_bytes = 16777216
local most_job_bytes = 33554432

-- The longest lease that a worker may ask for (ms).
local longest_lease_ms = 3600000
