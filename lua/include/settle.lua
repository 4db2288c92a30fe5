-- settle(queue_key, from, now, endings): moves jobs from one state set into the finished ones, with one ZREM and one
-- ZADD for each state, and counts them. An ending has id, state, reason, retention_ms, object and timing for tally; all
-- but the first two may be missing. A retention of 0 keeps nothing of the job. The reason goes into the hash's field
-- warning for a warning, else into error. Takes at most 1,000 endings, since they are unpacked. Needs whole, erase,
-- tally.
local function settle(queue_key, from, now, endings)
    local ids, gone, finished, totals, timings, at = {}, {}, {}, {}, {}, string.format('%d', now)
    for i, ending in ipairs(endings) do
        local id, state, timing = ending.id, ending.state, ending.timing
        local retention_ms = ending.retention_ms and whole(ending.retention_ms, 0, century_ms)
        ids[i] = id
        totals[state] = (totals[state] or 0) + 1
        if timing then
            timing = state == 'error' and timing .. ' error' or timing
            timings[timing] = (timings[timing] or 0) + 1
        end
        if retention_ms == 0 then
            local schedule = redis.call('HGET', queue_key .. ':job:' .. id, 'schedule')
            gone[#gone + 1] = {id = id, object = ending.object, schedule = schedule}
        else
            if ending.reason then
                redis.call('HSET', queue_key .. ':job:' .. id, 'state', state, 'finished_at', at,
                    state == 'warning' and 'warning' or 'error', ending.reason)
            else
                redis.call('HSET', queue_key .. ':job:' .. id, 'state', state, 'finished_at', at)
            end
            if retention_ms then
                redis.call('ZADD', queue_key .. ':expiring', now + retention_ms, id)
            end
            local members = finished[state] or {}
            finished[state] = members
            members[#members + 1] = at
            members[#members + 1] = id
        end
    end
    erase(queue_key, gone)
    if #ids > 0 then
        redis.call('ZREM', queue_key .. ':' .. from, unpack(ids))
        tally(queue_key, now, totals, timings)
    end
    for state, members in pairs(finished) do
        redis.call('ZADD', queue_key .. ':' .. state, unpack(members))
    end
end
