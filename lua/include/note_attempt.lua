-- note_attempt(queue_key, id, now, attempt): keeps how an attempt ended that did not simply succeed, for the last 20 of
-- a job: attempt is a JSON object of at least one field, or ""; the time of its end is added. It comes before the
-- writes that end the attempt, and an attempt that stands there already, because Redis broke the call off after this
-- one, is not noted twice.
local function note_attempt(queue_key, id, now, attempt)
    if attempt ~= '' then
        local attempts_key, rest = queue_key .. ':attempts:' .. id, string.sub(attempt, 2)
        if string.sub(redis.call('LRANGE', attempts_key, -1, -1)[1] or '', -#rest) ~= rest then
            redis.call('RPUSH', attempts_key, string.format('{"ended_at":%d,', now) .. rest)
        end
        redis.call('LTRIM', attempts_key, -20, -1)
    end
end
