-- settle(queue_key, from, now, endings, holders): moves jobs from one state set into the finished ones, with one ZADD
-- for each state and one ZREM, and counts them. An ending has id, state, job_key, reason, retention_ms and timing for
-- tally; all but the first two may be missing. A retention of 0 keeps nothing of the job; its object and schedule,
-- false for none, are read where the ending lacks them. The reason goes into the hash's field warning for a warning,
-- else into error; in place of a reason an ending may have fields, names and values for the hash. A job enters its new
-- set first and leaves the old one last: wherever Redis breaks this off, it is in the set that its hash names, and
-- whoever finds the other entry drops it. The jobs leave what they hold: those of the endings in the list holders, or
-- all where it is nil, since the caller has not looked. Takes at most 1,000 endings, since they are unpacked. Needs
-- whole, leave, erase, tally.
local function settle(queue_key, from, now, endings, holders)
    if #endings == 0 then
        return
    end
    for _, ending in ipairs(holders or endings) do
        leave(queue_key, ending.id)
    end
    local ids, gone, kept, finished, totals, timings, at = {}, {}, {}, {}, {}, {}, string.format('%d', now)
    for i = 1, #endings do
        local ending = endings[i]
        local id, state, timing = ending.id, ending.state, ending.timing
        local retention_ms = ending.retention_ms and whole(ending.retention_ms, 0, century_ms)
        ids[i] = id
        totals[state] = (totals[state] or 0) + 1
        if timing then
            timing = state == 'error' and timing .. ' error' or timing
            timings[timing] = (timings[timing] or 0) + 1
        end
        if retention_ms == 0 then
            if ending.schedule == nil then
                ending.object, ending.schedule, ending.enqueued_at = unpack(redis.call('HMGET',
                    queue_key .. ':job:' .. id, 'object', 'schedule', 'enqueued_at'), 1, 3)
            end
            gone[#gone + 1] = ending
        else
            kept[#kept + 1] = ending
            if retention_ms then
                redis.call('ZADD', queue_key .. ':expiring', now + retention_ms, id)
            end
            local members = finished[state] or {}
            finished[state] = members
            members[#members + 1] = at
            members[#members + 1] = id
        end
    end
    for state, members in pairs(finished) do
        redis.call('ZADD', queue_key .. ':' .. state, unpack(members))
    end
    for i = 1, #kept do
        local ending = kept[i]
        local job_key, state = ending.job_key or queue_key .. ':job:' .. ending.id, ending.state
        if ending.fields then
            redis.call('HSET', job_key, 'state', state, 'finished_at', at, unpack(ending.fields))
        elseif ending.reason then
            redis.call('HSET', job_key, 'state', state, 'finished_at', at, state == 'warning' and 'warning' or 'error',
                ending.reason)
        else
            redis.call('HSET', job_key, 'state', state, 'finished_at', at)
        end
    end
    if #gone > 0 then
        erase(queue_key, gone, now, true)
    end
    redis.call('ZREM', queue_key .. ':' .. from, unpack(ids))
    tally(queue_key, now, totals, timings)
end
