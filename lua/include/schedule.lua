-- schedule(queue, id, due): puts a job among the scheduled (ms). A new earliest one rings, so that some idle worker
-- learns when to look next. Needs wake.
local function schedule(queue, id, due)
    redis.call('ZADD', queue .. ':scheduled', due, id)
    if redis.call('ZRANGE', queue .. ':scheduled', 0, 0)[1] == id then
        wake(queue)
    end
end
