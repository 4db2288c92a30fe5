-- acquit(queue_key, id, doubtful): takes the doubtful crashes off the count of a job that ended without killing its
-- worker. doubtful is the field suspect of its hash, the number of those crashes; false where the job is no suspect.
-- One write changes both, so that no crash is taken off twice where Redis breaks this off. Needs whole.
local function acquit(queue_key, id, doubtful)
    if doubtful then
        local job_key = queue_key .. ':job:' .. id
        local number = whole(doubtful) or 0
        if number > 0 then
            local crashes = whole(redis.call('HGET', job_key, 'crashes')) or 0
            redis.call('HSET', job_key, 'crashes', string.format('%d', math.max(0, crashes - number)), 'suspect', '0')
        end
        redis.call('HDEL', job_key, 'suspect')
    end
end
