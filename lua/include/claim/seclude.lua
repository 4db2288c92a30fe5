-- How long suspects wait for a worker that is idle by itself.
local suspect_patience_ms = 5000

-- seclude(queue_key, worker, types, number, now, idle): what a claim is to do for the sake of suspects: 1 and the id
-- of the one to take, alone; 2 to take nothing until the worker is idle; or 0. One worker at a time empties itself for
-- them, as long as it goes on asking: <queue>:alone names it.
local function seclude(queue_key, worker, types, number, now, idle)
    -- suspect_among(entries): the first of these entries, ids with scores, whose type is among the keys of types, and
    -- since when it waits (ms); nil when there is none.
    local function suspect_among(entries)
        for i = 1, #entries, 2 do
            local id, since = entries[i], entries[i + 1]
            local type, state = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'type', 'state'), 1, 2)
            if state ~= 'waiting' then
                redis.call('ZREM', queue_key .. ':suspects', id)
            elseif types[type] then
                return id, tonumber(since)
            end
        end
    end

    -- first_suspect(): the suspect that waits longest and whose type is among these, of the first 100; where there is
    -- none, one of another hundred, which moves on with each claim's number, so that those of types that nobody knows
    -- hide none for ever.
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
    if id and idle then
        return 1, id
    elseif id and now - since >= suspect_patience_ms then
        local alone_key = queue_key .. ':alone'
        local emptying = redis.call('GET', alone_key)
        if not emptying or emptying == worker then
            redis.call('SET', alone_key, worker, 'PX', 3 * suspect_patience_ms)
            return 2
        end
    end
    return 0
end
