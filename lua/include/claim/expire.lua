-- expire(queue_key, now, ids): waiting | scheduled -> cancelled | error for those of these jobs, at most 100, whose
-- deadline has passed. Nothing went wrong with a job that was never tried, so it is cancelled; one whose last attempt
-- failed ends in error. A job that has no such deadline loses its entry in the list of deadlines. Needs whole, erase,
-- settle, acquit, drop_aside.
local function expire(queue_key, now, ids)
    local waiting, scheduled = {}, {}
    for _, id in ipairs(ids) do
        local state, deadline, failure, attempt, before, type, retention_ms, suspected = unpack(redis.call('HMGET',
            queue_key .. ':job:' .. id, 'state', 'deadline', 'error', 'attempt', 'attempts_before_restart', 'type',
            'retention_ms', 'suspect'), 1, 8)
        local endings = (state == 'waiting' and waiting) or (state == 'scheduled' and scheduled)
        if endings and deadline and (whole(deadline) or 0) <= now then
            local spent = (whole(attempt) or 0) - (whole(before) or 0)
            local has_failed = failure and spent > 0
            acquit(queue_key, id, suspected)
            drop_aside(queue_key, id, type)
            endings[#endings + 1] = {id = id, state = has_failed and 'error' or 'cancelled',
                reason = has_failed and 'deadline passed: the last attempt failed: ' .. failure
                    or 'deadline passed: no attempt may start any more',
                retention_ms = retention_ms, timing = (type or '') .. ' - -'}
        else
            redis.call('ZREM', queue_key .. ':deadlines', id)
        end
    end
    settle(queue_key, 'waiting', now, waiting)
    settle(queue_key, 'scheduled', now, scheduled)
end

-- sweep(queue_key, now): ends up to 100 jobs whose deadline has passed. Returns the next deadline (ms), math.huge where
-- there is none. Needs earliest.
local function sweep(queue_key, now)
    local deadlines = queue_key .. ':deadlines'
    local first = earliest(deadlines)
    if first > now then
        return first
    end
    expire(queue_key, now, redis.call('ZRANGEBYSCORE', deadlines, '-inf', now, 'LIMIT', 0, 100))
    return earliest(deadlines)
end
