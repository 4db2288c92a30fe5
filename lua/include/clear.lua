-- clear(queue_key, set_key, jobs): takes at most 1,000 finished jobs away for good, as erase does; set_key is the key
-- of the state set that they are in. Needs erase.
local function clear(queue_key, set_key, jobs)
    local ids = {}
    for i, job in ipairs(jobs) do
        ids[i] = job.id
    end
    if #ids > 0 then
        erase(queue_key, jobs)
        redis.call('ZREM', set_key, unpack(ids))
        redis.call('ZREM', queue_key .. ':expiring', unpack(ids))
    end
end
