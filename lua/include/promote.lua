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
