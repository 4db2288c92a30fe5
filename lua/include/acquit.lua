-- acquit(queue_key, id, doubtful): gives a job that ended without killing its worker the crashes back that were not
-- sure to be its own. doubtful is its field suspect, false when it is none. The crashes are given back together with
-- the mark that says how many are left to be, so that none is given back twice. Needs whole.
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
