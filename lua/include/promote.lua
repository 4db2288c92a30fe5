-- promote(queue, now, limit): scheduled -> waiting for up to limit jobs that are due. Needs wait.
local function promote(queue, now, limit)
    local due = redis.call('ZRANGEBYSCORE', queue .. ':scheduled', '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
    for i = 1, #due, 2 do
        local id = due[i]
        local job = queue .. ':job:' .. id
        local fields = redis.call('HMGET', job, 'state', 'priority')
        redis.call('ZREM', queue .. ':scheduled', id)
        if fields[1] == 'scheduled' then
            redis.call('HSET', job, 'state', 'waiting')
            wait(queue, id, fields[2], tonumber(due[i + 1]))
        end
    end
end
