-- note_attempt(queue_key, id, now, attempt): notes how an attempt ended that did not simply succeed, in the job's list
-- of the last 20. attempt is a JSON object of at least one field, to which the time of the end is added; "" notes
-- nothing. The note comes before the writes that end the attempt. Where Redis broke an earlier call off behind it, it
-- is not written again.
local function note_attempt(queue_key, id, now, attempt)
    if attempt ~= '' then
        local attempts_key, rest = queue_key .. ':attempts:' .. id, string.sub(attempt, 2)
        if string.sub(redis.call('LRANGE', attempts_key, -1, -1)[1] or '', -#rest) ~= rest then
            redis.call('RPUSH', attempts_key, string.format('{"ended_at":%d,', now) .. rest)
        end
        redis.call('LTRIM', attempts_key, -20, -1)
    end
end
