-- come_back(queue_key, id, state, at, priority, holds, fields): running -> waiting | scheduled for a job that another
-- attempt follows, at this time (ms). fields are names and values for its hash, of which there is at least one pair.
-- holds is what the caller read of the field deadline: false where the job has none, nil where the caller does not
-- know. The job enters its new set first and leaves the old one last. Needs whole, set_waiting, set_scheduled.
local function come_back(queue_key, id, state, at, priority, holds, fields)
    local job_key = queue_key .. ':job:' .. id
    if state == 'scheduled' then
        set_scheduled(queue_key, id, at)
    else
        set_waiting(queue_key, id, priority, at)
    end
    redis.call('HSET', job_key, 'state', state, unpack(fields))
    local deadline = holds ~= false and redis.call('HGET', job_key, 'deadline')
    if deadline then
        redis.call('ZADD', queue_key .. ':deadlines', whole(deadline, 0, last_ms) or 0, id)
    end
    redis.call('ZREM', queue_key .. ':running', id)
end
