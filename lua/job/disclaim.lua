#!lua flags=allow-oom
-- disclaim: running -> waiting, the attempt given back, for the jobs of a claim whose reply never came
-- A worker that stops wants none of what that claim took. The jobs keep their places by the time they were enqueued;
-- one whose cancel was asked for is cancelled. Where the claim arrives only after this, it takes nothing. Safe to send
-- twice; changes nothing once the worker has made a later claim.
-- KEYS[1]  queue   root of the queue's keys
-- ARGV[1]  worker  id of the worker process that stops
-- ARGV[2]  number  of its claim
-- Returns  {"ok", jobs}  how many wait again or were cancelled; {"invalid", "worker", value, what would be right}
-- Touches  <queue>:claim:<worker>, :job:<id>, :attempts:<id>, :running, :waiting, :scheduled, :wake, and as finish does
--          where a job ends; all share the queue's hash tag
-- Cost     O(log N) for each job, at most 1,000
-- @include now
-- @include whole
-- @include name
-- @include ring
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include note_attempt
-- @include acquit
-- @include give_back
-- @include bounds
-- @include receipt
local queue_key, worker, number = KEYS[1], ARGV[1], tonumber(ARGV[2])
if not is_name(worker) then
    return {'invalid', 'worker', string.sub(worker, 1, 128), name_rule}
end
local last, receipt = last_claim(queue_key, worker)
if last < number then
    note_receipt(queue_key, worker, ARGV[2], {})
end
if last ~= number then
    return {'ok', 0}
end
local jobs, endings, rings, now = 0, {}, false, now_ms()
for id in receipt_ids(receipt) do
    local state, holder, attempt, started_at = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'state',
        'worker', 'attempt', 'started_at'), 1, 4)
    if state == 'running' and holder == worker then
        local ended = string.format('{"attempt":%d,"end":"released","started_at":%d,"worker":"%s"}',
            whole(attempt) or 0, whole(started_at, 0, last_ms) or now, worker)
        rings = give_back(queue_key, id, now, ended, endings) == 'waiting' or rings
        jobs = jobs + 1
    end
end
settle(queue_key, 'running', now, endings)
if rings then
    ring(queue_key .. ':wake')
end
return {'ok', jobs}
