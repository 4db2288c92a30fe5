-- note_attempt(queue, id, now, attempt): keeps how an attempt ended that did not simply succeed, for the last 20 of a
-- job: attempt is a JSON object of at least one field, or ""; the time of its end is added.
local function note_attempt(queue, id, now, attempt)
    if attempt ~= '' then
        local attempts = queue .. ':attempts:' .. id
        redis.call('RPUSH', attempts, string.format('{"ended_at":%d,', now) .. string.sub(attempt, 2))
        redis.call('LTRIM', attempts, -20, -1)
    end
end
