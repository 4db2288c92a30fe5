#!lua flags=allow-oom
-- release: running -> waiting, the attempt given back
-- A worker that stops hands back what it could not finish; the job keeps its place by the time it was enqueued. One
-- whose cancel was asked for is cancelled. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  three for each job, at most 1,000 jobs: id, token, attempt (how it ended, a JSON object)
-- Returns  {"ok", word, ...}  for each job the state it is in now, or already, stale, gone
-- Touches  <queue>:job:<id>, :attempts:<id>, :running, :waiting, :wake, and as finish does where a job ends; all share
--          the queue's hash tag
-- Cost     O(log N) for each job
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- ring(bell): rings a doorbell, a list that is blocked on: <queue>:wake by idle workers, <scheduler>:news by the
-- leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at all there is, and a claim rings again while it leaves work behind.
local function ring(bell)
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end

-- waiting_score(priority, at): higher priority first, then by time (ms): at - priority x 10^13; whole numbers below
-- 2^53, so exact, and still readable. As text, since Redis is slow to write numbers.
local function waiting_score(priority, at)
    return string.format('%d', at - (tonumber(priority) or 0) * 1e13)
end

-- wait(queue, id, priority, at): puts a job among the waiting. Does not ring: the caller does, once for all the jobs it
-- moves.
local function wait(queue, id, priority, at)
    redis.call('ZADD', queue .. ':waiting', waiting_score(priority, at), id)
end

-- lease(fields, token, replayed): may the caller write to this job? fields is HMGET job state token ...
--   "ok"       the job runs under the caller's lease
--   "already"  it left running under this very token into one of the states in replayed: the first reply was lost
--   "stale"    the lease is somebody else's, or ran out
--   "gone"     there is no such job
local function lease(fields, token, replayed)
    if not fields[1] then
        return 'gone'
    elseif fields[2] ~= token then
        return 'stale'
    elseif fields[1] == 'running' then
        return 'ok'
    end
    return replayed[fields[1]] and 'already' or 'stale'
end

-- erase(queue, jobs): removes the hashes, logs and attempts of at most 1,000 jobs, and their places in the lists of
-- their objects and schedules: a job is {id, object or false, schedule or false}. The state sets are the caller's to
-- clear.
local function erase(queue, jobs)
    local keys = {}
    for _, job in ipairs(jobs) do
        local id, object, schedule = job[1], job[2], job[3]
        keys[#keys + 1] = queue .. ':job:' .. id
        keys[#keys + 1] = queue .. ':log:' .. id
        keys[#keys + 1] = queue .. ':attempts:' .. id
        if object then
            redis.call('ZREM', queue .. ':object:' .. object, id)
        end
        if schedule then
            redis.call('ZREM', queue .. ':fired:' .. schedule, id)
        end
    end
    if #keys > 0 then
        redis.call('UNLINK', unpack(keys))
    end
end

-- What happened in a queue stands in <queue>:counts:<hours since 1970>, a hash for each hour, kept for the day after:
--   enqueued, restarted, retried, and the finished states
--   <type> error, <type> retried  jobs that ended so, attempts after which there is to be another
--   <type> wait <12ms, run <12ms  attempts that ended and had waited, and then ran, for less than so long, but not for
--                                 less than the bound before it: 1, 2, 3, 4, 6, 8, 12, 16, 24 and on to 12 days
--   types                         those that have fields, at most 50; all others together are the type (other)
local most_types = 50

-- below(ms): the end of the range that a duration is in; there are two for each power of two.
local function below(ms)
    if ms < 1 then
        return 1
    end
    local fraction, exponent = math.frexp(math.min(ms, 1073741823))
    return math.ceil((fraction < 0.75 and 0.75 or 1) * 2 ^ exponent)
end

-- by_field(timings, amounts, now): adds amounts by timing to those by field, and returns the type of each such field. A
-- timing is a text, "<type> <wait, ms> <started, ms>", and behind it error or retried where the attempt ended so; "-"
-- is a time that nobody knows.
local function by_field(timings, amounts, now)
    local owners = {}
    for text, amount in pairs(timings) do
        local type, wait, started, word = string.match(text, '^([%w._-]+) (%S+) (%S+) ?(%l*)$')
        wait, started = tonumber(wait), tonumber(started)
        local fields = {}
        if wait and started then
            fields[1] = string.format('%s wait <%dms', type, below(wait))
            fields[2] = string.format('%s run <%dms', type, below(now - started))
        end
        if type and word ~= '' then
            fields[#fields + 1] = type .. ' ' .. word
        end
        for _, field in ipairs(fields) do
            owners[field] = type
            amounts[field] = (amounts[field] or 0) + amount
        end
    end
    return owners
end

-- listed(types, type): the text of types with this one in it; nil where there is no room.
local function listed(types, type)
    if string.find(' ' .. types .. ' ', ' ' .. type .. ' ', 1, true) then
        return types
    elseif select(2, string.gsub(types, '%S+', '')) < most_types then
        return types == '' and type or types .. ' ' .. type
    end
end

-- tally(queue, now, amounts, timings): adds to this hour's hash what a call did with up to 1,000 jobs: amounts by
-- field, one at least, and by timing. One read and one write, unless there are more types than fit.
local function tally(queue, now, amounts, timings)
    local key = queue .. ':counts:' .. string.format('%d', now / 3600000)
    local owners = by_field(timings, amounts, now)
    local fields, changes = {'types'}, {}
    for field in pairs(amounts) do
        fields[#fields + 1] = field
    end
    local held = redis.call('HMGET', key, unpack(fields))
    local types = held[1] or ''
    for i = 2, #fields do
        local field, type = fields[i], owners[fields[i]]
        local with = type and listed(types, type)
        if type and not with then
            redis.call('HINCRBY', key, '(other)' .. string.sub(field, #type + 1), amounts[field])
        else
            types = with or types
            changes[#changes + 1] = field
            changes[#changes + 1] = string.format('%d', (tonumber(held[i]) or 0) + amounts[field])
        end
    end
    if types ~= (held[1] or '') then
        changes[#changes + 1] = 'types'
        changes[#changes + 1] = types
    end
    if redis.call('HSET', key, unpack(changes)) > 0 then
        redis.call('EXPIRE', key, '90000')
    end
end

-- settle(queue, from, now, endings): from one state set into the finished ones, many jobs with one ZREM and one ZADD
-- for each state, and counted. An ending is {id, state, text or false, retention_ms or false, object or false, timing
-- for tally, or nil}; retention 0 means keep nothing. The text stands in the hash's field warning for a warning, in
-- error for all else. At most 1,000 endings, since they are unpacked. Needs erase, tally.
local function settle(queue, from, now, endings)
    local ids, gone, finished, totals, timings, at = {}, {}, {}, {}, {}, string.format('%d', now)
    for i, ending in ipairs(endings) do
        local id, state, reason, retention = ending[1], ending[2], ending[3], ending[4]
        local timing = ending[6]
        ids[i] = id
        totals[state] = (totals[state] or 0) + 1
        if timing then
            timing = state == 'error' and timing .. ' error' or timing
            timings[timing] = (timings[timing] or 0) + 1
        end
        if retention == '0' then
            gone[#gone + 1] = {id, ending[5], redis.call('HGET', queue .. ':job:' .. id, 'schedule')}
        else
            if reason then
                redis.call('HSET', queue .. ':job:' .. id, 'state', state, 'finished_at', at,
                    state == 'warning' and 'warning' or 'error', reason)
            else
                redis.call('HSET', queue .. ':job:' .. id, 'state', state, 'finished_at', at)
            end
            if retention then
                redis.call('ZADD', queue .. ':expiring', now + retention, id)
            end
            local members = finished[state] or {}
            finished[state] = members
            members[#members + 1] = at
            members[#members + 1] = id
        end
    end
    erase(queue, gone)
    if #ids > 0 then
        redis.call('ZREM', queue .. ':' .. from, unpack(ids))
        tally(queue, now, totals, timings)
    end
    for state, members in pairs(finished) do
        redis.call('ZADD', queue .. ':' .. state, unpack(members))
    end
end

-- note_attempt(queue, id, now, attempt): keeps how an attempt ended that did not simply succeed, for the last 20 of a
-- job: attempt is a JSON object of at least one field, or ""; the time of its end is added.
local function note_attempt(queue, id, now, attempt)
    if attempt ~= '' then
        local attempts = queue .. ':attempts:' .. id
        redis.call('RPUSH', attempts, string.format('{"ended_at":%d,', now) .. string.sub(attempt, 2))
        redis.call('LTRIM', attempts, -20, -1)
    end
end

-- acquit(queue, id, doubtful): the job has ended without killing its worker: it gets back the crashes that were not
-- sure to be its own. doubtful is its field suspect, false when it is none.
local function acquit(queue, id, doubtful)
    if doubtful then
        local job = queue .. ':job:' .. id
        redis.call('HDEL', job, 'suspect')
        if tonumber(doubtful) ~= 0 then
            redis.call('HINCRBY', job, 'crashes', -doubtful)
        end
    end
end

local queue = KEYS[1]
local replayed = {waiting = true, cancelled = true}
local reply, endings, rings = {'ok'}, {}, false
local now = now_ms()
for i = 1, #ARGV, 3 do
    local id = ARGV[i]
    local job = queue .. ':job:' .. id
    local fields = redis.call('HMGET', job, 'state', 'token', 'cancel_requested_at', 'retention_ms', 'object',
        'attempt', 'priority', 'enqueued_at', 'suspect')
    local word = lease(fields, ARGV[i + 1], replayed)
    if word == 'ok' then
        note_attempt(queue, id, now, ARGV[i + 2])
        acquit(queue, id, fields[9])
    end
    if word == 'ok' and fields[3] then
        word = 'cancelled'
        endings[#endings + 1] = {id, word, false, fields[4], fields[5]}
    elseif word == 'ok' then
        word = 'waiting'
        redis.call('HSET', job, 'state', word, 'attempt', math.max((tonumber(fields[6]) or 0) - 1, 0))
        redis.call('ZREM', queue .. ':running', id)
        wait(queue, id, fields[7], tonumber(fields[8]) or now)
        rings = true
    end
    reply[#reply + 1] = word
end
settle(queue, 'running', now, endings)
if rings then
    ring(queue .. ':wake')
end
return reply
