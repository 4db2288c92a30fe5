-- promote(queue, now, limit): scheduled -> waiting for up to limit jobs that are due, the earliest first. When there are
-- more, also for the last few to fall due: an urgent one must not wait for thousands before it to have come this far.
-- Needs wait.
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
    if move(redis.call('ZRANGEBYSCORE', scheduled, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)) == limit then
        move(redis.call('ZREVRANGEBYSCORE', scheduled, now, '-inf', 'WITHSCORES', 'LIMIT', 0, limit / 5))
    end
end
