-- promote(queue_key, now, limit): scheduled -> waiting for up to limit jobs that are due, the earliest first. Where
-- more are due, a fifth of the limit is for those that fell due last, so that an urgent job need not wait for thousands
-- that fell due before it. Needs whole, set_waiting.
local function promote(queue_key, now, limit)
    local scheduled_key = queue_key .. ':scheduled'
    local function move(due)
        for i = 1, #due, 2 do
            local id, at = due[i], due[i + 1]
            local job_key = queue_key .. ':job:' .. id
            local state, priority = unpack(redis.call('HMGET', job_key, 'state', 'priority'), 1, 2)
            if state == 'scheduled' then
                set_waiting(queue_key, id, priority, whole(at, 0, last_ms))
                redis.call('HSET', job_key, 'state', 'waiting')
            end
            redis.call('ZREM', scheduled_key, id)
        end
        return #due / 2
    end
    local first = limit * 4 / 5
    if move(redis.call('ZRANGEBYSCORE', scheduled_key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, first)) == first then
        move(redis.call('ZREVRANGEBYSCORE', scheduled_key, now, '-inf', 'WITHSCORES', 'LIMIT', 0, limit - first))
    end
end
