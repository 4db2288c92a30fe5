-- waiting_score(priority, at): the score of a waiting job: higher priority first, then by time (ms): at - priority x
-- 10^13; whole numbers below 2^53, so exact, and still readable. As text, since Redis is slow to write numbers. Needs
-- whole.
local function waiting_score(priority, at)
    return string.format('%d', at - (priority and whole(priority, -100, 100) or 0) * 1e13)
end

-- set_waiting(queue_key, id, priority, at): puts a job among the waiting. Does not ring: the caller does, once for all
-- the jobs that it moves.
local function set_waiting(queue_key, id, priority, at)
    redis.call('ZADD', queue_key .. ':waiting', waiting_score(priority, at), id)
end
