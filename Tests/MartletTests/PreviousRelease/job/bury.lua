#!lua flags=allow-oom
-- bury: running -> waiting | error | cancelled, for the jobs of a worker process that is known to be dead
-- Its supervisor saw it die, so nobody waits for the leases. The attempt is spent and the crash counted; each job is a
-- suspect from then on and runs alone. A crash beside others is doubtful: a job that then ends well gets it back, and
-- only one that died alone has used up its crashes. Safe to send twice: a job that the worker does not hold any more is
-- left alone.
-- KEYS[1]  queue   root of the queue's keys
-- ARGV[1]  worker  id of the dead worker
-- ARGV[2]  signal  that killed it, for example SIGSEGV; "" when it exited
-- ARGV[3]  code    that it exited with; "" when a signal killed it
-- ARGV[4]  alone   1 when this is the only job that it ran, else 0
-- ARGV[5]  crash_limit  crashes after which a job ends in error
-- ARGV[6]  ids of its jobs, at most 1,000
-- Returns  {"ok", word, ...}  for each job the state it is in now, or stale
--          {"invalid", "signal" or "code", value, what would be right}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :running, :waiting, :suspects, :wake, and where a job ends
--          :error, :cancelled, :expiring, :object:<object>, :fired:<schedule>, :counts:<hour>; all share the queue's
--          hash tag
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

-- Jobs of a type that the claiming worker does not know stay waiting, behind all others, with the reason in their
-- hash: 4 x 10^15 is added to their score. <queue>:unknown lists them as "<type> <id>", so that a worker that knows
-- the type finds them at once.
local parked = 4e15
local first_parked = 2e15

-- park(queue, id, type): sets a waiting job aside.
local function park(queue, id, type)
    redis.call('ZINCRBY', queue .. ':waiting', parked, id)
    redis.call('ZADD', queue .. ':unknown', 0, type .. ' ' .. id)
    redis.call('HSET', queue .. ':job:' .. id, 'reason',
        'unknown type: the worker that looked has no handler for ' .. type)
end

-- unpark(queue, types, limit): brings back up to limit jobs of these types. Says whether there may be more.
local function unpark(queue, types, limit)
    for type in pairs(types) do
        local entries = redis.call('ZRANGEBYLEX', queue .. ':unknown', '[' .. type .. ' ', '(' .. type .. '!',
            'LIMIT', 0, limit)
        for _, entry in ipairs(entries) do
            local id = string.sub(entry, #type + 2)
            local score = redis.call('ZSCORE', queue .. ':waiting', id)
            if score and tonumber(score) > first_parked then
                redis.call('ZINCRBY', queue .. ':waiting', -parked, id)
                redis.call('HDEL', queue .. ':job:' .. id, 'reason')
            end
            redis.call('ZREM', queue .. ':unknown', entry)
        end
        limit = limit - #entries
        if limit == 0 then
            return true
        end
    end
    return false
end

-- A suspect is a job that was running when its worker process died: it runs alone from then on, until it has ended in
-- some other way. It waits behind all others, where no ordinary claim looks; <queue>:suspects lists the waiting ones by
-- the time since when they are. Its hash's field suspect counts those of its crashes that may be another's doing.

-- suspect(queue, id, priority, now, doubtful): puts a job among the waiting, as a suspect. Needs wait, park.
local function suspect(queue, id, priority, now, doubtful)
    wait(queue, id, priority, now + parked)
    redis.call('ZADD', queue .. ':suspects', now, id)
    redis.call('HSET', queue .. ':job:' .. id, 'suspect', doubtful, 'reason',
        'its worker process died: it runs alone, on a worker that runs nothing else')
end

-- How long suspects wait for a worker that is idle by itself.
local suspect_patience_ms = 5000

-- first_suspect(queue, types): the one that waits longest and whose type is among these, of the first 100, and since
-- when (ms); nil when there is none.
local function first_suspect(queue, types)
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

-- note_attempt(queue, id, now, attempt): keeps how an attempt ended that did not simply succeed, for the last 20 of a
-- job: attempt is a JSON object of at least one field, or ""; the time of its end is added.
local function note_attempt(queue, id, now, attempt)
    if attempt ~= '' then
        local attempts = queue .. ':attempts:' .. id
        redis.call('RPUSH', attempts, string.format('{"ended_at":%d,', now) .. string.sub(attempt, 2))
        redis.call('LTRIM', attempts, -20, -1)
    end
end

-- What crash has to know of a job: HMGET job unpack(crash_fields).
local crash_fields = {'state', 'attempt', 'worker', 'crashes', 'priority', 'cancel_requested_at', 'retention_ms',
    'object', 'started_at', 'suspect', 'type'}

-- crash(queue, id, fields, now, limit, what, death): running -> waiting for a job whose worker is gone; the attempt is
-- spent and counted as a crash; the token goes, so that what the old owner still reports is stale and never taken for a
-- call sent twice. At the limit of crashes a job ends in error, so that one that kills its worker does not go round for
-- ever; one whose cancel was asked for is cancelled. It leaves a line in the job's log: what happened, as text. death
-- is nil when all that is known is that the lease ran out, else {why, alone}: then the job is a suspect, and where it
-- did not run alone the crash is doubtful and ends nothing yet. A job that goes on is due now: what it waits is counted
-- from here on. Returns an ending for settle, or nil. Needs wait, attempt, park, suspect.
local function crash(queue, id, fields, now, limit, what, death)
    local job = queue .. ':job:' .. id
    -- A hash that somebody made by hand may lack any of them, and an error here would stop all claims.
    local attempt, worker, started_at = tonumber(fields[2]) or 0, fields[3] or '', tonumber(fields[9]) or now
    local crashes, doubtful = (tonumber(fields[4]) or 0) + 1, tonumber(fields[10])
    local isDoubtful = death and not death.alone
    if death then
        doubtful = isDoubtful and (doubtful or 0) + 1 or 0
    end
    local timing = (fields[11] or '') .. ' - -'
    local line = string.format('{"time":%d,"level":"error","attempt":%d,"message":"%s (crash %d of %d%s)"}', now,
        attempt, what, crashes, limit, isDoubtful and ', other jobs ran too: runs alone next' or '')
    note_attempt(queue, id, now, string.format('{"attempt":%d,"end":"lease lost","started_at":%d,"worker":"%s"%s}',
        attempt, started_at, worker, death and ',"error":"' .. what .. '"' or ''))
    redis.call('HSET', job, 'crashes', crashes)
    redis.call('HDEL', job, 'token', 'suspect')
    redis.call('HINCRBY', job, 'log_bytes', #line)
    redis.call('RPUSH', queue .. ':log:' .. id, line)
    if fields[6] then
        return {id, 'cancelled', false, fields[7], fields[8], timing}
    elseif crashes >= limit and not isDoubtful then
        local reason = death
            and string.format('killed its worker %d times: %s, last worker %s', crashes, death.why, worker)
            or string.format('%s, %d times', what, crashes)
        return {id, 'error', reason, fields[7], fields[8], timing}
    end
    redis.call('HSET', job, 'state', 'waiting', 'due_at', now)
    redis.call('ZREM', queue .. ':running', id)
    if doubtful then
        suspect(queue, id, fields[5], now, doubtful)
    else
        wait(queue, id, fields[5], now)
    end
end

local queue, worker, signal, code = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local alone, crash_limit = ARGV[4] == '1', tonumber(ARGV[5])
-- They are put into JSON as they are.
if signal ~= '' and not string.find(signal, '^[%w-]+$') then
    return {'invalid', 'signal', string.sub(signal, 1, 128), 'a name like SIGSEGV, or nothing'}
elseif signal == '' and not string.find(code, '^%d+$') then
    return {'invalid', 'code', string.sub(code, 1, 128), 'a whole number'}
end

local now = now_ms()
local what = 'worker process ' .. (signal ~= '' and 'killed by ' .. signal or 'exited with code ' .. code)
local death = {why = signal ~= '' and signal or 'exit code ' .. code, alone = alone}
local reply, endings, rings = {'ok'}, {}, false
for i = 6, #ARGV do
    local id = ARGV[i]
    local fields = redis.call('HMGET', queue .. ':job:' .. id, unpack(crash_fields))
    local word = 'stale'
    if fields[1] == 'running' and fields[3] == worker then
        local ending = crash(queue, id, fields, now, crash_limit, what, death)
        endings[#endings + 1] = ending
        word = ending and ending[2] or 'waiting'
        rings = rings or not ending
    end
    reply[#reply + 1] = word
end
settle(queue, 'running', now, endings)
if rings then
    ring(queue .. ':wake')
end
return reply
