-- wait(queue, id, priority, at): puts a job among the waiting, higher priority first, then by time (ms).
-- Score: at - priority x 10^13; whole numbers below 2^53, so exact, and still readable. Does not ring: the caller
-- does, once for all the jobs it moves.
local function wait(queue, id, priority, at)
    redis.call('ZADD', queue .. ':waiting', at - (tonumber(priority) or 0) * 1e13, id)
end
