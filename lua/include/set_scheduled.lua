-- set_scheduled(queue_key, id, due): puts a job among the scheduled ones, due at this time (ms). A job that is the
-- earliest rings, so that an idle worker learns when to look next. Needs ring.
local function set_scheduled(queue_key, id, due)
    redis.call('ZADD', queue_key .. ':scheduled', due, id)
    local first = unpack(redis.call('ZRANGE', queue_key .. ':scheduled', 0, 0))
    if first == id then
        ring(queue_key .. ':wake')
    end
end
