#!lua flags=allow-oom
-- repair: a job that is not where its hash says -> the state set that its hash names
-- The hash is the truth. A job in several state sets or in none is put into its own. A running job whose lease is
-- unknown, or ends later than any may, counts as lost, so that the next claim rescues it. A waiting job that is set
-- aside and in no list of such jobs goes back among the others. Entries and logs without a hash are removed, and so is
-- a hash without a known state. A job that is right is left alone, so the call may be sent twice.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  ids of jobs, at most 500
-- Returns  {"ok", word, ...}  for each job right, moved, removed, or listed: only the list of deadlines was put right
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, all state sets, :object:<object>, :fired:<schedule>, :unknown,
--          :suspects, :deadlines, :expiring, :gone, :wake; all share the queue's hash tag
-- Cost     O(log N) for each id
-- @include now
-- @include whole
-- @include ring
-- @include set_waiting
-- @include leave
-- @include erase
-- @include states
-- @include bounds
-- @include misdated
local queue_key, now = KEYS[1], now_ms()

-- forget_set_aside(id, type): takes a job out of the lists of jobs that are set aside. Where its type is not known any
-- more, its entry is looked for among the first 1,000.
local function forget_set_aside(id, type)
    local unknown_key = queue_key .. ':unknown'
    redis.call('ZREM', queue_key .. ':suspects', id)
    if type then
        redis.call('ZREM', unknown_key, type .. ' ' .. id)
    else
        for _, entry in ipairs(redis.call('ZRANGE', unknown_key, 0, 999)) do
            if string.sub(entry, -#id - 1) == ' ' .. id then
                redis.call('ZREM', unknown_key, entry)
            end
        end
    end
end

-- is_misplaced(id, state, type, score): tells whether a job must leave its place in its own state set.
local function is_misplaced(id, state, type, score)
    if state == 'running' then
        return score > now + longest_lease_ms
    end
    return state == 'waiting' and score > first_parked
        and not redis.call('ZSCORE', queue_key .. ':unknown', (type or '') .. ' ' .. id)
        and not redis.call('ZSCORE', queue_key .. ':suspects', id)
end

local reply = {'ok'}
for i = 1, #ARGV do
    local id = ARGV[i]
    local job_key = queue_key .. ':job:' .. id
    local state, priority, enqueued_at, due_at, finished_at, object, type, schedule, deadline = unpack(
        redis.call('HMGET', job_key, 'state', 'priority', 'enqueued_at', 'due_at', 'finished_at', 'object', 'type',
            'schedule', 'deadline'), 1, 9)
    local others, is_home = {}, false
    for _, set in ipairs(states) do
        local score = redis.call('ZSCORE', queue_key .. ':' .. set, id)
        if score and set == state and not is_misplaced(id, state, type, tonumber(score)) then
            is_home = true
        elseif score and set ~= state then
            others[#others + 1] = set
        end
    end
    if not state or not is_state[state] then
        erase(queue_key, {{id = id, object = object, schedule = schedule, enqueued_at = enqueued_at}}, now)
        redis.call('ZREM', queue_key .. ':expiring', id)
        forget_set_aside(id, type)
        reply[i + 1] = 'removed'
    elseif is_home and #others == 0 then
        reply[i + 1] = 'right'
    else
        -- An entry that is in its own set has the right score.
        if not is_home and state == 'waiting' then
            forget_set_aside(id, type or '')
            redis.call('HDEL', job_key, 'reason', 'suspect')
            set_waiting(queue_key, id, priority, whole(enqueued_at, 0, last_ms) or now)
        elseif not is_home and state == 'scheduled' then
            redis.call('ZADD', queue_key .. ':scheduled', whole(due_at, 0, last_ms) or now, id)
        elseif not is_home and state == 'running' then
            redis.call('ZADD', queue_key .. ':running', now, id)
        elseif not is_home then
            redis.call('ZADD', queue_key .. ':' .. state, whole(finished_at, 0, last_ms) or now, id)
        end
        reply[i + 1] = 'moved'
    end
    local unlisted, listed_at = misdated(queue_key, id, state, deadline)
    if unlisted then
        if listed_at then
            redis.call('ZADD', queue_key .. ':deadlines', listed_at, id)
        else
            redis.call('ZREM', queue_key .. ':deadlines', id)
        end
        reply[i + 1] = reply[i + 1] == 'right' and 'listed' or reply[i + 1]
    end
    -- This comes last, so that a job is found again where Redis breaks the call off.
    for _, set in ipairs(others) do
        redis.call('ZREM', queue_key .. ':' .. set, id)
    end
end
ring(queue_key .. ':wake')
return reply
