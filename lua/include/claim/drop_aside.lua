-- drop_aside(queue_key, id, type): takes a job that is set aside out of the lists of such jobs, with the reason in its
-- hash. type is false for a job without one.
local function drop_aside(queue_key, id, type)
    redis.call('HDEL', queue_key .. ':job:' .. id, 'reason')
    redis.call('ZREM', queue_key .. ':unknown', (type or '') .. ' ' .. id)
    redis.call('ZREM', queue_key .. ':suspects', id)
end
