-- The time that a suspect waits for a worker that happens to be idle, before a worker empties itself for it.
local suspect_patience_ms = 5000
-- The same for a worker in which handlers still run that ignored their cancellation: should one of these kill the
-- process, the suspect would be blamed.
local stuck_patience_ms = 60000

-- seclude(queue_key, worker, types, number, now, idle): decides what a claim does for the sake of suspects. Returns 1
-- and the id of the suspect to take alone; 2 where the worker takes nothing until it is idle; or 0 where suspects
-- change nothing. The keys of types are the types that the worker knows; idle is the claim's argument of that name. One
-- worker at a time empties itself for suspects, as long as it goes on claiming: <queue>:alone names it.
local function seclude(queue_key, worker, types, number, now, idle)
    -- suspect_among(entries): the id of the first of these entries, ids with scores, whose type the worker knows, and
    -- the time since which it waits (ms); nil where there is none. Entries before it whose job is not waiting are
    -- removed.
    local function suspect_among(entries)
        for i = 1, #entries, 2 do
            local id, since = entries[i], entries[i + 1]
            local type, state = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'type', 'state'), 1, 2)
            if state ~= 'waiting' then
                redis.call('ZREM', queue_key .. ':suspects', id)
                redis.call('ZREM', queue_key .. ':waiting', id)
            elseif types[type] then
                return id, tonumber(since)
            end
        end
    end

    -- first_suspect(): the suspect of a known type that waits longest among the first 100. Where those hold none, it
    -- looks at another hundred, which moves on with the number of the claim, so that suspects of types that no worker
    -- knows do not hide the others for ever.
    local function first_suspect()
        local suspects_key = queue_key .. ':suspects'
        local id, since = suspect_among(redis.call('ZRANGE', suspects_key, 0, 99, 'WITHSCORES'))
        local others = not id and redis.call('ZCARD', suspects_key) - 100 or 0
        if others > 0 then
            local from = 100 + number % math.ceil(others / 100) * 100
            id, since = suspect_among(redis.call('ZRANGE', suspects_key, from, from + 99, 'WITHSCORES'))
        end
        return id, since
    end

    local id, since = first_suspect()
    local is_idle, has_stuck = idle % 2 == 1, idle >= 2
    local waited_ms = id and now - since
    if id and is_idle and (not has_stuck or waited_ms >= stuck_patience_ms) then
        return 1, id
    elseif id and waited_ms >= (has_stuck and stuck_patience_ms or suspect_patience_ms) then
        local alone_key = queue_key .. ':alone'
        local emptying = redis.call('GET', alone_key)
        if not emptying or emptying == worker then
            redis.call('SET', alone_key, worker, 'PX', 3 * suspect_patience_ms)
            return 2
        end
    end
    return 0
end
