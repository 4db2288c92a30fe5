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
