#!lua flags=allow-oom
-- repair: a job that is not where its hash says -> the state set that its hash names
-- The hash is the truth. A job in several sets or in none is put into its own; one whose lease is unknown is taken as
-- lost, so that the next claim rescues it; entries and logs without a hash go, and so does a hash without a state, of
-- which nobody can say what it was. A job that is right is left alone, so the call may be sent twice.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  ids of jobs, at most 500
-- Returns  {"ok", word, ...}  for each job right, moved or removed
-- Touches  <queue>:job:<id>, :log:<id>, all state sets, :object:<object>, :fired:<schedule>, :unknown, :suspects,
--          :expiring, :wake; all share the queue's hash tag
-- Cost     O(log N) for each id
-- @include now
-- @include ring
-- @include wait
-- @include erase
-- @include states
local queue = KEYS[1]

local now = now_ms()
local reply = {'ok'}
for i = 1, #ARGV do
    local id = ARGV[i]
    local fields = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'priority', 'enqueued_at', 'due_at',
        'finished_at', 'object', 'type', 'schedule')
    local state = fields[1]
    local others, isHome = {}, false
    for _, set in ipairs(states) do
        if redis.call('ZSCORE', queue .. ':' .. set, id) then
            if set == state then
                isHome = true
            else
                others[#others + 1] = set
            end
        end
    end
    local orphan = not state or not is_state[state]
    for _, set in ipairs(others) do
        redis.call('ZREM', queue .. ':' .. set, id)
    end
    if orphan then
        erase(queue, {{id, fields[6], fields[8]}})
        redis.call('ZREM', queue .. ':expiring', id)
        reply[i + 1] = 'removed'
    elseif isHome and #others == 0 then
        reply[i + 1] = 'right'
    else
        -- An entry that is in its own set has the right score.
        if not isHome and state == 'waiting' then
            redis.call('ZREM', queue .. ':unknown', (fields[7] or '') .. ' ' .. id)
            redis.call('ZREM', queue .. ':suspects', id)
            redis.call('HDEL', queue .. ':job:' .. id, 'reason', 'suspect')
            wait(queue, id, fields[2], tonumber(fields[3]) or now)
        elseif not isHome and state == 'scheduled' then
            redis.call('ZADD', queue .. ':scheduled', fields[4] or now, id)
        elseif not isHome and state == 'running' then
            redis.call('ZADD', queue .. ':running', now, id)
        elseif not isHome then
            redis.call('ZADD', queue .. ':' .. state, fields[5] or now, id)
        end
        reply[i + 1] = 'moved'
    end
end
ring(queue .. ':wake')
return reply
