-- acquit(queue, id, doubtful): the job has ended without killing its worker: it gets back the crashes that were not
-- sure to be its own. doubtful is its field suspect, false when it is none.
local function acquit(queue, id, doubtful)
    if doubtful then
        local job = queue .. ':job:' .. id
        redis.call('HDEL', job, 'suspect')
        if tonumber(doubtful) ~= 0 then
            redis.call('HINCRBY', job, 'crashes', -doubtful)
        end
    end
end
