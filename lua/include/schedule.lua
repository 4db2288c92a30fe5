-- schedule(queue, id, due): puts a job among the scheduled (ms). A new earliest one rings, so that some idle worker
-- learns when to look next. Needs ring.
local function schedule(queue, id, due)
    redis.call('ZADD', queue .. ':scheduled', due, id)
    if redis.call('ZRANGE', queue .. ':scheduled', 0, 0)[1] == id then
        ring(queue .. ':wake')
    end
end
