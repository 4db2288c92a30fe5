-- replan(root, name, now): the next slot is to be worked out anew, from now on. The leader does that, at once. Needs
-- ring.
local function replan(root, name, now)
    local schedule = root .. ':schedule:' .. name
    redis.call('HDEL', schedule, 'slot')
    redis.call('HSET', schedule, 'since', now)
    redis.call('ZADD', root .. ':due', now, name)
    ring(root .. ':news')
end
