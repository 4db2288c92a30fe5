#!lua flags=allow-oom
-- claim: waiting -> running; on the way scheduled -> waiting when due, running -> waiting | error when a lease ran out
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
--          {"invalid", "worker", value, what would be right}
--            more     1 when jobs are still waiting, else 0
--            next_ms  time until the next job falls due or lease runs out; -1 when there is none
--            now      Redis's time in ms, at which these jobs started; 0 when the queue is empty
--            alone    1 when the one job is a suspect: nothing else may run beside it; 2 when a suspect waits for an
--                     idle worker, and this one is to take nothing more until it is idle; else 0
--            job      {field, value, ..., token, attempt, id}: its hash as it was, then what holds from now on
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :scheduled, :waiting, :running, :unknown, :wake, :token,
--          :pulse, :meta, :suspects, :alone, :claim:<worker>, and where a job ends the finished states' sets,
--          :expiring, :object:<object>, :fired:<schedule>, :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N) for each job; at most 100 promoted, 20 rescued and 100 set aside a call; one command on an empty
--          queue
-- @include now
-- @include whole
-- @include name
-- @include ring
-- @include set_waiting
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include bounds
-- @include park
-- @include suspect
-- @include seclude
-- @include receipt
-- @include begin_attempts
-- @include promote
-- @include note_attempt
-- @include lull
-- @include shorten_leases
-- @include crash
-- @include server_age
-- @include rescue
-- @include earliest
-- @include upkeep
local queue_key, worker = KEYS[1], ARGV[1]
if not is_name(worker) then
    return {'invalid', 'worker', string.sub(worker, 1, 128), name_rule}
end
local limit, lease_ms, number, again = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local crash_limit, idle = tonumber(ARGV[6]), tonumber(ARGV[7])

local waiting, running, scheduled = queue_key .. ':waiting', queue_key .. ':running', queue_key .. ':scheduled'
if redis.call('EXISTS', waiting, running, scheduled) == 0 then
    if again then
        note_receipt(queue_key, worker, number, {})
    end
    return {'ok', 0, -1, 0, 0}
end

local now = now_ms()
local last, receipt = last_claim(queue_key, worker)
if last > number or (last == number and not again) then
    return {'late', last}
elseif last == number then
    return repeated(queue_key, worker, receipt, now, lease_ms)
end

local due, lost = upkeep(queue_key, now, lease_ms, crash_limit)
-- Nobody is woken: resuming rings.
if redis.call('HEXISTS', queue_key .. ':meta', 'paused_at') == 1 then
    if again then
        note_receipt(queue_key, worker, number, {})
    end
    return {'ok', 0, until_first(due, lost, now), now, 0}
end

local max_retries, retention_ms = {}, {}
for i = 8, #ARGV, 3 do
    max_retries[ARGV[i]], retention_ms[ARGV[i]] = tonumber(ARGV[i + 1]) or math.huge, ARGV[i + 2]
end
local more, alone, first = false, 0, nil
if redis.call('EXISTS', queue_key .. ':unknown', queue_key .. ':suspects') > 0 then
    alone, first = seclude(queue_key, worker, max_retries, number, now, idle)
    limit = alone == 1 and 1 or alone == 2 and 0 or limit
    more = alone == 0 and limit > 0 and unpark(queue_key, max_retries, math.min(limit, 100))
end

local taken, keys, attempts, hashes, extras, oversized, bytes = {}, {}, {}, {}, {}, {}, 0

-- choose(id): looks at a waiting job and takes it, or moves it where it belongs. Returns whether it was set aside, and
-- whether it stays because the reply is full.
local function choose(id)
    local job_key = queue_key .. ':job:' .. id
    local hash = redis.call('HGETALL', job_key)
    local type, state, attempt, has_retries, retention, size = claim_fields(hash)
    local retries = max_retries[type or '']
    if not type or state ~= 'waiting' then
        redis.call('ZREM', waiting, id)
    elseif not retries then
        park(queue_key, id, type)
        return true
    elseif size > most_job_bytes then
        oversized[#oversized + 1] = {id = id, state = 'error', retention_ms = retention, timing = type .. ' - -',
            reason = string.format('too large to be run: %d bytes, and a job may have %d', size, most_job_bytes)}
    elseif #taken > 0 and bytes + size > most_claimed_bytes then
        return false, true
    else
        local n = #taken + 1
        attempt = attempt and (whole(attempt) or 0) + 1 or 1
        bytes = bytes + size
        taken[n], keys[n], hashes[n] = id, job_key, hash
        attempts[n] = attempt == 1 and '1' or string.format('%d', attempt)
        -- A script that ends the job without its worker reads the defaults of its type in its hash.
        if attempt > retries and not has_retries then
            extras[n] = {'max_retries', string.format('%d', retries)}
        end
        if not retention and retention_ms[type] ~= '' then
            extras[n] = extras[n] or {}
            table.insert(extras[n], 'retention_ms')
            table.insert(extras[n], retention_ms[type])
        end
    end
end

local ids = first and {first} or redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', 0, limit)
local parks, is_full, is_behind, window = 0, false, limit == 0, limit
while #ids > 0 do
    for _, id in ipairs(ids) do
        local is_parked
        is_parked, is_full = choose(id)
        if is_parked then
            parks = parks + 1
        end
        if is_full or #taken == limit then
            break
        end
    end
    if #oversized > 0 then
        settle(queue_key, 'waiting', now, oversized)
        oversized = {}
    end
    is_behind = is_full or #taken == limit or #ids == window
    if is_full or #taken == limit or #ids < window or parks == 0 or parks >= 100 then
        break
    end
    -- Jobs of types that the worker does not know stand before its own.
    window = math.max(limit - #taken, 50)
    ids = redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', #taken, window)
end
if #taken > 0 or again then
    note_receipt(queue_key, worker, number, taken)
end
local reply = {'ok', 0, -1, now, alone}
if #taken > 0 then
    local token = begin_attempts(queue_key, worker, taken, keys, attempts, extras, now, lease_ms)
    for i, id in ipairs(taken) do
        reply[5 + i] = job_reply(hashes[i], token, attempts[i], id)
    end
end

if alone == 1 then
    redis.call('HDEL', queue_key .. ':job:' .. first, 'reason')
    redis.call('ZREM', queue_key .. ':suspects', first)
    more = more or redis.call('EXISTS', queue_key .. ':suspects') == 1
end
if more or (is_behind and redis.call('ZCOUNT', waiting, '-inf', first_parked) > 0) then
    reply[2] = 1
end
reply[3] = until_first(due, #taken > 0 and math.min(lost, now + lease_ms) or lost, now)
-- The caller may be full now, or may not know the type: another idle worker has to learn of what is left, and of what
-- falls due.
if reply[2] == 1 or parks > 0 or (due < math.huge and #taken == limit) then
    ring(queue_key .. ':wake')
end
return reply
