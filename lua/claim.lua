#!lua flags=allow-oom
-- claim: waiting -> running; on the way scheduled -> waiting when due, running -> waiting | error when a lease ran out
-- Takes jobs with ownership for a limited time: attempt counted, a new token, lease and worker written together.
-- Tokens are counted for the whole queue, so that not even a new job under an old id takes those of the old one.
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
--            now      Redis's time in ms, at which these jobs started
--            alone    1 when the one job is a suspect: nothing else may run beside it; 2 when a suspect waits for an
--                     idle worker, and this one is to take nothing more until it is idle; else 0
--            job      {type, payload, token, attempt, object, max_retries, time_limit_ms, backoff_ms, backoff_max_ms,
--                     attempts_before_restart, retention_ms, id}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :scheduled, :waiting, :running, :unknown, :wake, :token,
--          :pulse, :meta, :suspects, :alone, :claim:<worker>, and where a rescued job ends :error, :cancelled,
--          :expiring, :object:<object>, :fired:<schedule>; all share the queue's hash tag
-- Cost     O(log N) for each job; at most 100 promoted and 20 rescued a call
-- @include now
-- @include wake
-- @include wait
-- @include erase
-- @include settle
-- @include park
-- @include suspect
-- @include promote
-- @include attempt
-- @include lull
-- @include crash
-- @include server_age
-- @include rescue
-- @include paused
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

local receipt = queue .. ':claim:' .. worker
local function read(id)
    local fields = redis.call('HMGET', queue .. ':job:' .. id, 'type', 'payload', 'token', 'attempt', 'object',
        'max_retries', 'time_limit_ms', 'backoff_ms', 'backoff_max_ms', 'attempts_before_restart', 'retention_ms')
    fields[12] = id
    return fields
end

-- How long suspects wait for a worker that is idle by itself.
local patience_ms = 5000
-- The suspect that waits longest and whose type the worker knows, of the first 100, and since when (ms).
local function first_suspect()
    local entries = redis.call('ZRANGE', queue .. ':suspects', 0, 99, 'WITHSCORES')
    for i = 1, #entries, 2 do
        local fields = redis.call('HMGET', queue .. ':job:' .. entries[i], 'type', 'state')
        if fields[2] ~= 'waiting' then
            redis.call('ZREM', queue .. ':suspects', entries[i])
        elseif types[fields[1]] then
            return entries[i], tonumber(entries[i + 1])
        end
    end
end

local now = now_ms()
if again then
    local last = redis.call('GET', receipt)
    if last and string.sub(last, 1, #number + 1) == number .. ' ' then
        local reply = {'ok', 1, 0, now, 0}
        for id in string.gmatch(string.sub(last, #number + 2), '%S+') do
            local held = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'worker', 'suspect')
            if held[1] == 'running' and held[2] == worker then
                redis.call('ZADD', queue .. ':running', now + lease_ms, id)
                reply[#reply + 1] = read(id)
                reply[5] = held[3] and 1 or reply[5]
            end
        end
        redis.call('PEXPIRE', receipt, lease_ms)
        return reply
    end
end

if not lull(queue, now, lease_ms) then
    rescue(queue, now, 20, lease_ms, crash_limit)
end
promote(queue, now, 100)
local closed = paused(queue, now)
if closed then
    return closed
end
local more = unpark(queue, types, 100)

local waiting, running = queue .. ':waiting', queue .. ':running'
local suspects, alone, ids = queue .. ':suspects', 0, {}
local first, since = first_suspect()
if first and idle then
    alone, ids, limit = 1, {first}, 1
elseif first and now - since >= patience_ms then
    -- One worker at a time empties itself for them, as long as it goes on asking.
    local emptying = redis.call('GET', queue .. ':alone')
    if not emptying or emptying == worker then
        redis.call('SET', queue .. ':alone', worker, 'PX', 3 * patience_ms)
        alone, limit = 2, 0
    end
end
if alone == 0 then
    ids = redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', 0, limit)
end
local reply, taken, leases = {'ok', 0, -1, now, alone}, {}, {}
local parks = false
local token = #ids > 0 and redis.call('INCRBY', queue .. ':token', #ids) - #ids
for _, id in ipairs(ids) do
    local job = read(id)
    if not job[1] then
        redis.call('ZREM', waiting, id)
    elseif not types[job[1]] then
        park(queue, id, job[1])
        parks = true
    else
        token = token + 1
        job[3] = token
        job[4] = (tonumber(job[4]) or 0) + 1
        redis.call('HSET', queue .. ':job:' .. id, 'state', 'running', 'attempt', job[4], 'token', job[3],
            'worker', worker, 'started_at', now)
        taken[#taken + 1] = id
        leases[#leases + 1] = now + lease_ms
        leases[#leases + 1] = id
        reply[#reply + 1] = job
    end
end
if #taken > 0 then
    redis.call('ZREM', waiting, unpack(taken))
    redis.call('ZADD', running, unpack(leases))
    redis.call('SET', receipt, number .. ' ' .. table.concat(taken, ' '), 'PX', lease_ms)
end

if alone == 1 then
    redis.call('HDEL', queue .. ':job:' .. first, 'reason')
    redis.call('ZREM', suspects, first)
    more = more or redis.call('EXISTS', suspects) == 1
end
if more or (#ids == limit and redis.call('ZCOUNT', waiting, '-inf', first_parked) > 0) then
    reply[2] = 1
end
local due = redis.call('ZRANGE', queue .. ':scheduled', 0, 0, 'WITHSCORES')[2]
local expiry = redis.call('ZRANGE', running, 0, 0, 'WITHSCORES')[2]
if due or expiry then
    reply[3] = math.max(0, math.min(tonumber(due) or math.huge, tonumber(expiry) or math.huge) - now)
end
-- The caller may be full now, or know no such type: another idle worker has to know of what it left, and of what
-- falls due.
if reply[2] == 1 or parks or (due and #taken == limit) then
    wake(queue)
end
return reply
