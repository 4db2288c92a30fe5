#!lua flags=allow-oom
-- claim: waiting -> running; on the way scheduled -> waiting when due, running -> waiting | error when a lease ran out,
-- and waiting | scheduled -> cancelled | error when a deadline has passed
-- Takes jobs with ownership for a limited time: the attempt is counted, and a new token, the lease and the worker are
-- written together. The jobs of a claim share the token. It grows for the whole queue, never for one job: a new job
-- under an old id gets a fresh one. It is at least the time (us), so that a Redis that lost its last claims, at a
-- restart or a failover, repeats none. Jobs of unknown types stay waiting with the reason, and all jobs do while the
-- queue is paused. A job of more than 32 MiB ends in error, since no reply could hold it. Safe to send twice: with
-- again = 1 the jobs that this claim number took come back once more instead of new ones, and a copy that arrives late
-- takes nothing. The writes come in such an order that a claim that Redis breaks off, because a right was taken away,
-- loses no job.
-- KEYS[1]  queue      root of the queue's keys
-- ARGV[1]  worker     id of the claiming worker process
-- ARGV[2]  limit      how many jobs, 0 to 1000; fewer where they have more than 16 MiB together
-- ARGV[3]  lease_ms   how long the worker owns them unless it extends
-- ARGV[4]  number     of this claim, counted by the worker; it grows with each claim of a worker from a queue
-- ARGV[5]  again      1 when the reply to this number was lost, else 0
-- ARGV[6]  crash_limit  crashes after which a job ends in error
-- ARGV[7]  idle       1 when the worker process runs no job at all, of any queue, else 0; 2 more while handlers that
--          ignored their cancellation still run in it
-- ARGV[8]  three for each type that the worker has handlers for: its name, and the max_retries and retention_ms of jobs
--          that set none, "" for none; the claim writes the retention into the hash of such a job, and max_retries once
--          no attempt is left
-- Returns  {"ok", more, next_ms, now, alone, job, ...}; {"late", number} of the last claim where this one is older;
--          {"invalid", "worker" or "arguments", value, what would be right}
--            more     1 when jobs are still waiting, else 0
--            next_ms  time until the next job falls due, lease runs out or deadline passes; -1 when there is none
--            now      Redis's time in ms, at which these jobs started; 0 when the queue is empty
--            alone    1 when the one job is a suspect: nothing else may run beside it; 2 when a suspect waits for an
--                     idle worker, and this one is to take nothing more until it is idle; else 0
--            job      {field, value, ..., token, attempt, id}: its hash as it was, then what holds from now on
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :scheduled, :waiting, :running, :unknown, :wake, :token,
--          :pulse, :meta, :suspects, :deadlines, :alone, :claim:<worker>, and where a job ends the finished states'
--          sets, :expiring, :object:<object>, :fired:<schedule>, :gone, :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N) for each job; at most 100 promoted, 20 rescued, 100 set aside and 100 ended at their deadlines a
--          call; one command on an empty queue
-- What every script has:
-- @include now
-- @include whole
-- @include name
-- @include ring
-- A claim of jobs:
-- @include bounds
-- @include receipt
-- @include choose
-- @include begin_attempts
-- What a claim does for the whole queue first:
-- @include lull
-- @include earliest
-- @include upkeep
local rare
-- rarely(): the functions that most claims do not need. Redis makes all functions of a script anew for each call, which
-- for these takes as long as a look at an empty queue.
local function rarely()
    if rare then
        return rare
    end
-- A claim that was sent before:
-- @include repeated
-- Jobs that this worker does not take:
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include park
-- @include acquit
-- @include drop_aside
-- @include expire
-- Suspects, and leases that ran out:
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include suspect
-- @include seclude
-- @include note_attempt
-- @include shorten_leases
-- @include crash
-- @include server_age
-- @include rescue
-- Jobs that fall due:
-- @include promote
    rare = {
        repeated = repeated, settle = settle, leave = leave, park = park, unpark = unpark, expire = expire,
        sweep = sweep, seclude = seclude, promote = promote, shorten_leases = shorten_leases, rescue = rescue,
    }
    return rare
end

local queue_key, worker = KEYS[1], ARGV[1]
if not is_name(worker) then
    return {'invalid', 'worker', string.sub(worker, 1, 128), name_rule}
elseif (#ARGV - 7) % 3 ~= 0 then
    return {'invalid', 'arguments', #ARGV, 'seven, then name, max_retries and retention_ms for each type'}
end
local limit, lease_ms, number, again = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local crash_limit, idle = tonumber(ARGV[6]), tonumber(ARGV[7])

local waiting, running, scheduled = queue_key .. ':waiting', queue_key .. ':running', queue_key .. ':scheduled'
if redis.call('EXISTS', waiting, running, scheduled) == 0 then
    if again then
        note_receipt(queue_key, worker, ARGV[4], {})
    end
    return {'ok', 0, -1, 0, 0}
end

local now = now_ms()
local last, receipt = last_claim(queue_key, worker)
if last > number or (last == number and not again) then
    return {'late', last}
elseif last == number then
    return rarely().repeated(queue_key, worker, receipt, now, lease_ms)
end

local due, lost = upkeep(queue_key, now, lease_ms, crash_limit, rarely)
local is_special = redis.call('EXISTS', queue_key .. ':unknown', queue_key .. ':suspects',
    queue_key .. ':deadlines') > 0
if is_special then
    lost = math.min(lost, rarely().sweep(queue_key, now))
end
-- Nobody is woken: resuming rings.
if redis.call('HEXISTS', queue_key .. ':meta', 'paused_at') == 1 then
    if again then
        note_receipt(queue_key, worker, ARGV[4], {})
    end
    return {'ok', 0, until_first(due, lost, now), now, 0}
end

-- Where among the arguments the max_retries of each type stands.
local handled = {}
for i = 8, #ARGV, 3 do
    handled[ARGV[i]] = i + 1
end
local more, alone, first = false, 0, nil
if is_special and redis.call('EXISTS', queue_key .. ':unknown', queue_key .. ':suspects') > 0 then
    alone, first = rarely().seclude(queue_key, worker, handled, number, now, idle)
    limit = alone == 1 and 1 or alone == 2 and 0 or limit
    more = alone == 0 and limit > 0 and rarely().unpark(queue_key, handled, math.min(limit, 100))
end

local reply = {'ok', 0, -1, now, alone}
local taken, job_keys, extras, holders, parks, is_left, is_unsure = choose(queue_key, reply, first, limit, handled,
    now, rarely)
local number_taken = #taken
if number_taken > 0 or again then
    note_receipt(queue_key, worker, ARGV[4], taken)
end
if number_taken > 0 then
    for _, id in ipairs(holders) do
        rarely().leave(queue_key, id)
    end
    begin_attempts(queue_key, worker, taken, job_keys, reply, extras, now, lease_ms)
end

if alone == 1 then
    redis.call('HDEL', queue_key .. ':job:' .. first, 'reason')
    redis.call('ZREM', queue_key .. ':suspects', first)
    more = more or redis.call('EXISTS', queue_key .. ':suspects') == 1
end
if more or is_left or (is_unsure and redis.call('ZCOUNT', waiting, '-inf', first_parked) > 0) then
    reply[2] = 1
end
reply[3] = until_first(due, number_taken > 0 and math.min(lost, now + lease_ms) or lost, now)
-- The caller may be full now, or may not know the type: another idle worker has to learn of what is left, and of what
-- falls due.
if reply[2] == 1 or parks > 0 or (due < math.huge and number_taken == limit) then
    ring(queue_key .. ':wake')
end
return reply
