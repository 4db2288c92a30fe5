-- note_attempt(queue_key, id, now, attempt): keeps how an attempt ended that did not simply succeed, for the last 20 of
-- a job: attempt is a JSON object of at least one field, or ""; the time of its end is added.
local function note_attempt(queue_key, id, now, attempt)
    if attempt ~= '' then
        local attempts_key = queue_key .. ':attempts:' .. id
        redis.call('RPUSH', attempts_key, string.format('{"ended_at":%d,', now) .. string.sub(attempt, 2))
        redis.call('LTRIM', attempts_key, -20, -1)
    end
end
