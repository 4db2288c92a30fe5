#!lua
-- enqueue: nothing -> waiting | scheduled
-- Puts jobs in. A job whose id is there already is left as it is, so the call may be sent twice. All jobs are checked
-- before the first is written: one bad job refuses the call. Refused by Redis when memory is full.
-- KEYS[1]  queue   root of the queue's keys, "martlet:{mail}"
-- ARGV[1]  limit   bytes that a payload may have
-- ARGV[2]  four for each job: id, type, payload, options
--            id, type  [A-Za-z0-9._-]{1,128}
--            payload   JSON; stored as given, never decoded here
--            options   a JSON object, or "" for none: priority (-100 to 100, higher first), delay_ms or due_at (ms),
--                      max_retries, time_limit_ms, backoff_ms, backoff_max_ms, retention_ms (0 keeps nothing), object;
--                      from a schedule also schedule (its name), slot (ms) and sequence: a queue is given them in
--                      order, and one that is not beyond the last is passed over
--                      from an outbox: outbox (its name), sequence, and for the first job of a call after, the last
--                      sequence that the outbox knows as given: when the queue was given less or more, nothing is taken
-- Returns  {"ok", state, ...}  waiting, scheduled, exists or delivered (by its sequence, before) for each job, in order
--          {"behind", sequence}  that this queue was given last by the outbox of the first job: Redis has lost more
--          {"ahead", sequence, id}  the same: a reply was lost, or the outbox is another; id of the job, "" if unknown
--          {"invalid", number of the job from 1, field, value, what would be right}
-- Touches  <queue>:job:<id>, :waiting, :scheduled, :object:<object>, :fired:<schedule>, :meta, :wake,
--          :counts:<hour>; all share the queue's hash tag
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

-- schedule(queue, id, due): puts a job among the scheduled (ms). A new earliest one rings, so that some idle worker
-- learns when to look next. Needs ring.
local function schedule(queue, id, due)
    redis.call('ZADD', queue .. ':scheduled', due, id)
    if redis.call('ZRANGE', queue .. ':scheduled', 0, 0)[1] == id then
        ring(queue .. ':wake')
    end
end

-- count(queue, now, field, amount): adds to a field of this hour's hash, <queue>:counts:<hours since 1970>; tally says
-- what it holds.
local function count(queue, now, field, amount)
    local key = queue .. ':counts:' .. string.format('%d', now / 3600000)
    if redis.call('HINCRBY', key, field, string.format('%d', amount)) == amount then
        redis.call('EXPIRE', key, '90000')
    end
end

local queue = KEYS[1]
local limit = tonumber(ARGV[1])
local century = 3155760000000
-- Made only for a call with options: it takes a tenth of the time of a call without.
local function make_ranges()
    return {
        priority = {-100, 100}, delay_ms = {0, century}, due_at = {0, 9999999999999}, max_retries = {0, 1000},
        time_limit_ms = {1, century}, backoff_ms = {0, century}, backoff_max_ms = {0, century},
        retention_ms = {0, century}, slot = {0, 9999999999999}, sequence = {1, 9007199254740992},
        after = {0, 9007199254740992},
    }
end
local ranges
-- What is no field of the job.
local is_passing = {delay_ms = true, due_at = true, outbox = true, sequence = true, after = true}

local function invalid(job, field, value, right)
    return {'invalid', job, field, string.sub(tostring(value), 1, 128), right}
end

local function is_name(text)
    return #text <= 128 and string.find(text, '^[%w._-]+$') ~= nil
end

local none = {}
local function decode(text)
    if text == '' then
        return none
    end
    -- Decoded, an empty array looks like an empty object.
    local ok, options = pcall(cjson.decode, text)
    return ok and type(options) == 'table' and string.find(text, '^%s*{') and options
end

if not limit or #ARGV < 5 or (#ARGV - 1) % 4 ~= 0 then
    return invalid(0, 'arguments', #ARGV, 'limit, then id, type, payload and options for each job')
end
local jobs = {}
local last_type
for i = 2, #ARGV, 4 do
    local number = #jobs + 1
    local id, name, payload, options = ARGV[i], ARGV[i + 1], ARGV[i + 2], decode(ARGV[i + 3])
    if not is_name(id) then
        return invalid(number, 'id', id, '1 to 128 of A-Z a-z 0-9 . _ -')
    elseif name ~= last_type and not is_name(name) then
        return invalid(number, 'type', name, '1 to 128 of A-Z a-z 0-9 . _ -')
    elseif payload == '' then
        return invalid(number, 'payload', payload, 'JSON')
    elseif #payload > limit then
        return invalid(number, 'payload', #payload .. ' bytes', 'at most ' .. limit .. ' bytes')
    elseif not options then
        return invalid(number, 'options', ARGV[i + 3], 'a JSON object, or an empty text')
    end
    for option, value in pairs(options) do
        ranges = ranges or make_ranges()
        local range = ranges[option]
        if range then
            if type(value) ~= 'number' or value % 1 ~= 0 or value < range[1] or value > range[2] then
                local right = string.format('a whole number from %.0f to %.0f', range[1], range[2])
                return invalid(number, option, value, right)
            end
        elseif option == 'schedule' or option == 'outbox' then
            if type(value) ~= 'string' or not is_name(value) then
                return invalid(number, option, value, '1 to 128 of A-Z a-z 0-9 . _ -')
            end
        elseif option ~= 'object' then
            return invalid(number, 'options', option, 'one of the options that enqueue knows')
        elseif type(value) ~= 'string' or value == '' or #value > 256 then
            return invalid(number, option, value, 'a text of 1 to 256 bytes')
        end
    end
    if options.delay_ms and options.due_at then
        return invalid(number, 'due_at', options.due_at, 'only one of delay_ms and due_at')
    end
    last_type = name
    jobs[number] = {id, name, payload, options}
end

local now = now_ms()
-- As text: Redis writes each number that a script hands it with 17 digits, which is slow.
local at = string.format('%d', now)
local reply = {'ok'}
-- The highest sequence that this queue was given, by schedules or by the outbox of this call; read for the first job
-- that has one.
local giver = jobs[1][4].outbox and 'outbox ' .. jobs[1][4].outbox or 'delivered'
local delivered, highest, last
local after = jobs[1][4].after
if after then
    delivered = tonumber(redis.call('HGET', queue .. ':meta', giver)) or 0
    if delivered < after then
        return {'behind', delivered}
    elseif delivered > after then
        -- A release that knows no ids may have moved the number on.
        local mark = redis.call('HGET', queue .. ':meta', giver .. ' job') or ''
        local sequence, id = string.match(mark, '^(%d+) (.+)$')
        return {'ahead', delivered, tonumber(sequence) == delivered and id or ''}
    end
end
local waiting, taken = {}, 0
for number, entry in ipairs(jobs) do
    local id, options = entry[1], entry[4]
    local job = queue .. ':job:' .. id
    local sequence = options.sequence
    if sequence then
        delivered = delivered or tonumber(redis.call('HGET', queue .. ':meta', giver)) or 0
        if sequence > (highest or 0) then
            highest, last = sequence, id
        end
    end
    if redis.call('EXISTS', job) == 1 then
        reply[number + 1] = 'exists'
    elseif sequence and sequence <= delivered then
        reply[number + 1] = 'delivered'
    else
        local due = options.due_at or (options.delay_ms and now + options.delay_ms)
        local state = (due and due > now) and 'scheduled' or 'waiting'
        local fields = {'type', entry[2], 'payload', entry[3], 'state', state, 'enqueued_at', at}
        for option, value in pairs(options) do
            if not is_passing[option] then
                fields[#fields + 1] = option
                fields[#fields + 1] = value
            end
        end
        if state == 'scheduled' then
            fields[#fields + 1] = 'due_at'
            fields[#fields + 1] = due
        end
        redis.call('HSET', job, unpack(fields))
        if options.object then
            redis.call('ZADD', queue .. ':object:' .. options.object, now, id)
        end
        if options.schedule then
            redis.call('ZADD', queue .. ':fired:' .. options.schedule, now, id)
        end
        if state == 'scheduled' then
            schedule(queue, id, due)
        else
            waiting[#waiting + 1] = waiting_score(options.priority, now)
            waiting[#waiting + 1] = id
        end
        reply[number + 1] = state
        taken = taken + 1
    end
end
for i = 1, #waiting, 1000 do
    redis.call('ZADD', queue .. ':waiting', unpack(waiting, i, math.min(i + 999, #waiting)))
end
if highest and highest > delivered then
    local sequence = string.format('%d', highest)
    redis.call('HSET', queue .. ':meta', giver, sequence)
    if after then
        redis.call('HSET', queue .. ':meta', giver .. ' job', sequence .. ' ' .. last)
    end
end
if taken > 0 then
    count(queue, now, 'enqueued', taken)
end
if #waiting > 0 then
    ring(queue .. ':wake')
end
return reply
