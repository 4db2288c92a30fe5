#!lua flags=allow-oom
-- claim: waiting -> running; on the way scheduled -> waiting when due, running -> waiting | error when a lease ran out
-- Takes jobs with ownership for a limited time: attempt counted, a new token, lease and worker written together.
-- The jobs of a claim share the token. It only grows, for the whole queue, so that not even a new job under an old id
-- takes that of the old one; and it is at least the time (us), so that a Redis that lost its last claims, at a restart
-- or a failover, gives no token out again that somebody holds.
-- Jobs of unknown types stay waiting with the reason, and all do while the queue is paused. Safe to send twice: with
-- again = 1 the jobs that this claim number took come back once more instead of new ones.
-- KEYS[1]  queue      root of the queue's keys
-- ARGV[1]  worker     id of the claiming worker process
-- ARGV[2]  limit      how many jobs, 0 to 1000
-- ARGV[3]  lease_ms   how long the worker owns them unless it extends
-- ARGV[4]  number     of this claim, counted by the worker
-- ARGV[5]  again      1 when the reply to this number was lost, else 0
-- ARGV[6]  crash_limit  crashes after which a job ends in error
-- ARGV[7]  idle       1 when the worker process runs no job at all, of any queue, else 0
-- ARGV[8]  types that the worker has handlers for
-- Returns  {"ok", more, next_ms, now, alone, job, ...}, or {"invalid", "worker", value, what would be right}
--            more     1 when jobs are still waiting, else 0
--            next_ms  until the next job falls due or lease runs out; -1 when there is none
--            now      Redis's time in ms, at which these jobs started; 0 when the queue is empty
--            alone    1 when the one job is a suspect: nothing else may run beside it; 2 when a suspect waits for an
--                     idle worker, and this one is to take nothing more until it is idle; else 0
--            job      {field, value, ..., token, attempt, id}: its hash as it was, then what holds from now on
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :scheduled, :waiting, :running, :unknown, :wake, :token,
--          :pulse, :meta, :suspects, :alone, :claim:<worker>, and where a rescued job ends :error, :cancelled,
--          :expiring, :object:<object>, :fired:<schedule>, :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N) for each job; at most 100 promoted and 20 rescued a call; one command on an empty queue
-- @include now
-- @include ring
-- @include wait
-- @include erase
-- @include tally
-- @include settle
-- @include park
-- @include suspect
-- @include receipt
-- @include promote
-- @include attempt
-- @include lull
-- @include crash
-- @include server_age
-- @include rescue
-- @include earliest
local queue, worker = KEYS[1], ARGV[1]
if not string.find(worker, '^[%w._-]+$') then
    return {'invalid', 'worker', string.sub(worker, 1, 128), '1 to 128 of A-Z a-z 0-9 . _ -'}
end
local limit, lease_ms, number, again = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5] == '1'
local crash_limit, idle = tonumber(ARGV[6]), ARGV[7] == '1'
local types = {}
for i = 8, #ARGV do
    types[ARGV[i]] = true
end

local waiting, running, scheduled = queue .. ':waiting', queue .. ':running', queue .. ':scheduled'
if redis.call('EXISTS', waiting, running, scheduled) == 0 then
    return {'ok', 0, -1, 0, 0}
end

local now = now_ms()
if again then
    local reply = repeated(queue, worker, number, now, lease_ms)
    if reply then
        return reply
    end
end

local due, lost = earliest(scheduled), earliest(running)
local held = lull(queue, now, lease_ms)
if lost <= now and not held then
    held = rescue(queue, now, 20, lease_ms, crash_limit)
    lost = earliest(running)
end
-- A lost lease that is left alone is no reason to ask again before.
lost = math.max(lost, held or 0)
if due <= now then
    promote(queue, now, 100)
    due = earliest(scheduled)
end
-- No ring for anybody: resuming rings.
if redis.call('HEXISTS', queue .. ':meta', 'paused_at') == 1 then
    return {'ok', 0, until_first(due, lost, now), now, 0}
end

local more, suspects, first, since = false, queue .. ':suspects', nil, nil
if redis.call('EXISTS', queue .. ':unknown', suspects) > 0 then
    more = unpark(queue, types, 100)
    first, since = first_suspect(queue, types)
end
local alone, ids = 0, {}
if first and idle then
    alone, ids, limit = 1, {first}, 1
elseif first and now - since >= suspect_patience_ms then
    -- One worker at a time empties itself for them, as long as it goes on asking.
    local emptying = redis.call('GET', queue .. ':alone')
    if not emptying or emptying == worker then
        redis.call('SET', queue .. ':alone', worker, 'PX', 3 * suspect_patience_ms)
        alone, limit = 2, 0
    end
end
if alone == 0 then
    ids = redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', 0, limit)
end
local reply, taken, leases, parks = {'ok', 0, -1, now, alone}, {}, {}, false
-- As text: Redis writes each number that a script hands it with 17 digits, which costs more than the rest of the call.
local at, expiry = string.format('%d', now), string.format('%d', now + lease_ms)
local token
if #ids > 0 then
    local before = tonumber(redis.call('GET', queue .. ':token')) or 0
    token = string.format('%d', math.max(before + 1, now * 1000))
    redis.call('SET', queue .. ':token', token)
end
for _, id in ipairs(ids) do
    local job = queue .. ':job:' .. id
    local fields, type, attempt = redis.call('HGETALL', job), nil, '1'
    for i = 1, #fields, 2 do
        if fields[i] == 'type' then
            type = fields[i + 1]
        elseif fields[i] == 'attempt' then
            attempt = string.format('%d', (tonumber(fields[i + 1]) or 0) + 1)
        end
    end
    if not type then
        redis.call('ZREM', waiting, id)
    elseif not types[type] then
        park(queue, id, type)
        parks = true
    else
        redis.call('HSET', job, 'state', 'running', 'attempt', attempt, 'token', token, 'worker', worker,
            'started_at', at)
        taken[#taken + 1] = id
        leases[#leases + 1] = expiry
        leases[#leases + 1] = id
        reply[#reply + 1] = brought(fields, token, attempt, id)
    end
end
if #taken > 0 then
    redis.call('ZREM', waiting, unpack(taken))
    redis.call('ZADD', running, unpack(leases))
    note_receipt(queue, worker, number, taken)
end

if alone == 1 then
    redis.call('HDEL', queue .. ':job:' .. first, 'reason')
    redis.call('ZREM', suspects, first)
    more = more or redis.call('EXISTS', suspects) == 1
end
if more or (#ids == limit and redis.call('ZCOUNT', waiting, '-inf', first_parked) > 0) then
    reply[2] = 1
end
reply[3] = until_first(due, #taken > 0 and math.min(lost, now + lease_ms) or lost, now)
-- The caller may be full now, or know no such type: another idle worker has to know of what it left, and of what
-- falls due.
if reply[2] == 1 or parks or (due < math.huge and #taken == limit) then
    ring(queue .. ':wake')
end
return reply
