-- note_attempt(queue_key, id, now, attempt): notes how an attempt ended that did not simply succeed, in the job's list
-- of the last 20. attempt is a JSON object of at least one field, to which the time of the end is added; "" notes
-- nothing.
local function note_attempt(queue_key, id, now, attempt)
    if attempt ~= '' then
        local attempts_key = queue_key .. ':attempts:' .. id
        redis.call('RPUSH', attempts_key, string.format('{"ended_at":%d,', now) .. string.sub(attempt, 2))
        redis.call('LTRIM', attempts_key, -20, -1)
    end
end
