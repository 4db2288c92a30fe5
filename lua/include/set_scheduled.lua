-- set_scheduled(queue_key, id, due): puts a job among the scheduled ones, due at this time (ms). A job that is the
-- earliest rings, so that an idle worker learns when to look next. Needs ring.
local function set_scheduled(queue_key, id, due)
    redis.call('ZADD', queue_key .. ':scheduled', due, id)
    -- Not by ZRANGE, which would let whoever may run enqueue read the ids of others' jobs.
    if redis.call('ZRANK', queue_key .. ':scheduled', id) == 0 then
        ring(queue_key .. ':wake')
    end
end
