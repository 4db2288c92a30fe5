-- waiting_score(priority, at): the score of a waiting job as text: at - priority x 10^13, by which the higher priority
-- comes first, then the earlier time (ms). Scores are whole numbers below 2^53, so they are exact and still readable.
-- They are texts since Redis is slow to write numbers. Needs whole.
local function waiting_score(priority, at)
    return string.format('%d', at - (priority and whole(priority, -100, 100) or 0) * 1e13)
end

-- set_waiting(queue_key, id, priority, at): puts a job among the waiting ones. It does not ring: the caller rings once
-- for all the jobs that it moves.
local function set_waiting(queue_key, id, priority, at)
    redis.call('ZADD', queue_key .. ':waiting', waiting_score(priority, at), id)
end
