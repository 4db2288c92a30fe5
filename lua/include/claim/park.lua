-- Jobs of a type that the claiming worker does not know stay waiting, behind all others, with the reason in their
-- hash. <queue>:unknown lists them as "<type> <id>", so that a worker that knows the type finds them at once. Needs
-- bounds.

-- park(queue_key, id, type): sets a waiting job aside.
local function park(queue_key, id, type)
    redis.call('ZADD', queue_key .. ':unknown', 0, type .. ' ' .. id)
    redis.call('ZINCRBY', queue_key .. ':waiting', parked, id)
    redis.call('HSET', queue_key .. ':job:' .. id, 'reason',
        'unknown type: the worker that looked has no handler for ' .. type)
end

-- unpark(queue_key, types, limit): brings up to limit jobs of these types back to their places: the first by priority
-- and time among those that it looks at. The keys of types are the types. Returns whether there may be more.
local function unpark(queue_key, types, limit)
    -- parked_jobs(type): the parked jobs among the first and the last 50 entries of a type by id; then whether there
    -- may be more.
    local function parked_jobs(type)
        local unknown_key, low, high = queue_key .. ':unknown', '[' .. type .. ' ', '(' .. type .. '!'
        local entries = redis.call('ZRANGEBYLEX', unknown_key, low, high, 'LIMIT', 0, 50)
        if #entries == 50 then
            local last = redis.call('ZRANGE', unknown_key, high, low, 'BYLEX', 'REV', 'LIMIT', 0, 50)
            for _, entry in ipairs(last) do
                entries[#entries + 1] = entry
            end
        end
        local jobs, is_seen = {}, {}
        for _, entry in ipairs(entries) do
            local id = string.sub(entry, #type + 2)
            local score = tonumber(redis.call('ZSCORE', queue_key .. ':waiting', id) or 0)
            if score <= first_parked then
                redis.call('ZREM', unknown_key, entry)
            elseif not is_seen[entry] then
                is_seen[entry] = true
                jobs[#jobs + 1] = {id = id, score = score, entry = entry}
            end
        end
        return jobs, #jobs == 100
    end

    local jobs, has_more = {}, false
    for type in pairs(types) do
        local found, has_others = parked_jobs(type)
        for _, job in ipairs(found) do
            jobs[#jobs + 1] = job
        end
        has_more = has_more or has_others or #jobs >= 1000
        if #jobs >= 1000 then
            break
        end
    end
    table.sort(jobs, function(one, other) return one.score < other.score end)
    for i = 1, math.min(limit, #jobs) do
        local job = jobs[i]
        redis.call('HDEL', queue_key .. ':job:' .. job.id, 'reason')
        redis.call('ZINCRBY', queue_key .. ':waiting', -parked, job.id)
        redis.call('ZREM', queue_key .. ':unknown', job.entry)
    end
    return has_more or #jobs > limit
end
