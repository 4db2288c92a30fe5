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

-- What a worker's last claim took stands in <queue>:claim:<worker>, "<number> <id> ...", for when the reply is lost.

-- brought(fields, token, attempt, id): a job as a claim's reply has it, of its hash as HGETALL gives it.
local function brought(fields, token, attempt, id)
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3] = token, attempt, id
    return fields
end

-- note_receipt(queue, worker, number, ids): keeps it for a day, and not for a lease only: while Redis comes and goes
-- nobody's lease is taken, and a worker may be long without an answer.
local function note_receipt(queue, worker, number, ids)
    redis.call('SET', queue .. ':claim:' .. worker, number .. ' ' .. table.concat(ids, ' '), 'PX', 86400000)
end

-- repeated(queue, worker, number, now, lease_ms): the reply to that claim once more, with what of its jobs the worker
-- still holds, under leases that begin now. Nil when its last claim was another one, or took nothing.
local function repeated(queue, worker, number, now, lease_ms)
    local receipt = queue .. ':claim:' .. worker
    local last = redis.call('GET', receipt)
    if not last or string.sub(last, 1, #number + 1) ~= number .. ' ' then
        return nil
    end
    local reply = {'ok', 1, 0, now, 0}
    for id in string.gmatch(string.sub(last, #number + 2), '%S+') do
        local job = queue .. ':job:' .. id
        local held = redis.call('HMGET', job, 'state', 'worker', 'suspect', 'token', 'attempt')
        if held[1] == 'running' and held[2] == worker then
            redis.call('ZADD', queue .. ':running', now + lease_ms, id)
            reply[#reply + 1] = brought(redis.call('HGETALL', job), held[4], held[5], id)
            reply[5] = held[3] and 1 or reply[5]
        end
    end
    return reply
end

-- promote(queue, now, limit): scheduled -> waiting for up to limit jobs that are due, the earliest first. Where there
-- are more, a fifth is for those that fell due last: an urgent one is not to wait until thousands before it have come
-- as far. Needs wait.
local function promote(queue, now, limit)
    local scheduled = queue .. ':scheduled'
    local function move(due)
        for i = 1, #due, 2 do
            local id = due[i]
            local job = queue .. ':job:' .. id
            local fields = redis.call('HMGET', job, 'state', 'priority')
            redis.call('ZREM', scheduled, id)
            if fields[1] == 'scheduled' then
                redis.call('HSET', job, 'state', 'waiting')
                wait(queue, id, fields[2], tonumber(due[i + 1]))
            end
        end
        return #due / 2
    end
    local first = limit * 4 / 5
    if move(redis.call('ZRANGEBYSCORE', scheduled, '-inf', now, 'WITHSCORES', 'LIMIT', 0, first)) == first then
        move(redis.call('ZREVRANGEBYSCORE', scheduled, now, '-inf', 'WITHSCORES', 'LIMIT', 0, limit - first))
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

-- lull(queue, now, lease_ms): until when (ms) lost leases are to be left alone; nil while they are not. When no claim
-- came for half a lease (and six seconds: while the queue holds a job, an idle worker claims every five), Redis was
-- away or its clock leapt, and workers that live may not have been able to renew theirs: they get one lease's time to
-- do so. <queue>:pulse holds the time of the last claim and until when rescue waits (ms), for a day.
local function lull(queue, now, lease_ms)
    local pulse = queue .. ':pulse'
    local last, held = string.match(redis.call('GET', pulse) or '', '^(%d+) (%d+)$')
    last, held = tonumber(last), tonumber(held) or 0
    if last and last > now then
        -- The clock was set back: it may be long until it shows that time again.
        held = math.min(held, now + lease_ms)
    elseif last and now - last > math.max(lease_ms / 2, 6000) then
        held = now + lease_ms
    end
    redis.call('SET', pulse, string.format('%d %d', now, held), 'PX', 86400000)
    return now < held and held or nil
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

-- server_age_ms(): how long this Redis has been up, in whole seconds; math.huge where it does not tell: the user may
-- not ask, or its clock was set back.
local function server_age_ms()
    local info = redis.pcall('INFO', 'server')
    local seconds = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
    return (tonumber(seconds) or math.huge) * 1000
end

-- rescue(queue, now, limit, lease_ms, crash_limit): running -> waiting | error | cancelled for up to limit jobs whose
-- lease ran out, each as a crash. Not while Redis is younger than a lease and twelve seconds: a worker that rests
-- between attempts to connect (five seconds at the most) may be out for all of a row of short outages, and is to renew
-- first: returned is until when (ms); nil else. Needs erase, settle, crash, server_age.
local function rescue(queue, now, limit, lease_ms, crash_limit)
    local expired = redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now, 'LIMIT', 0, limit)
    if #expired == 0 then
        return nil
    end
    local young = math.min(lease_ms, 12000) - server_age_ms()
    if young > 0 then
        return now + young
    end
    local endings = {}
    for _, id in ipairs(expired) do
        local fields = redis.call('HMGET', queue .. ':job:' .. id, unpack(crash_fields))
        if fields[1] ~= 'running' then
            redis.call('ZREM', queue .. ':running', id)
        else
            local what = string.format('lease lost: worker %s did not renew it', fields[3] or '')
            endings[#endings + 1] = crash(queue, id, fields, now, crash_limit, what)
        end
    end
    settle(queue, 'running', now, endings)
end

-- earliest(set): the time (ms) at which the first of a set that is sorted by time falls due or loses its lease;
-- math.huge of an empty one.
local function earliest(set)
    return tonumber(redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2]) or math.huge
end

-- until_first(due, lost, now): how long until then (ms); -1 where there is neither.
local function until_first(due, lost, now)
    local first = math.min(due, lost)
    return first < math.huge and math.max(0, first - now) or -1
end

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
