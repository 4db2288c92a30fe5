-- settle(queue, from, now, endings): from one state set into the finished ones, many jobs with one ZREM and one ZADD
-- for each state, and counted. An ending is {id, state, text or false, retention_ms or false, object or false, timing
-- for tally, or nil}; retention 0 means keep nothing. The text stands in the hash's field warning for a warning, in
-- error for all else. At most 1,000 endings, since they are unpacked. Needs erase, tally.
local function settle(queue, from, now, endings)
    local ids, gone, finished, totals, timings, at = {}, {}, {}, {}, {}, string.format('%d', now)
    for i, ending in ipairs(endings) do
        local id, state, reason, retention = ending[1], ending[2], ending[3], ending[4]
        local timing = ending[6]
        ids[i] = id
        totals[state] = (totals[state] or 0) + 1
        if timing then
            timing = state == 'error' and timing .. ' error' or timing
            timings[timing] = (timings[timing] or 0) + 1
        end
        if retention == '0' then
            gone[#gone + 1] = {id, ending[5], redis.call('HGET', queue .. ':job:' .. id, 'schedule')}
        else
            if reason then
                redis.call('HSET', queue .. ':job:' .. id, 'state', state, 'finished_at', at,
                    state == 'warning' and 'warning' or 'error', reason)
            else
                redis.call('HSET', queue .. ':job:' .. id, 'state', state, 'finished_at', at)
            end
            if retention then
                redis.call('ZADD', queue .. ':expiring', now + retention, id)
            end
            local members = finished[state] or {}
            finished[state] = members
            members[#members + 1] = at
            members[#members + 1] = id
        end
    end
    erase(queue, gone)
    if #ids > 0 then
        redis.call('ZREM', queue .. ':' .. from, unpack(ids))
        tally(queue, now, totals, timings)
    end
    for state, members in pairs(finished) do
        redis.call('ZADD', queue .. ':' .. state, unpack(members))
    end
end
