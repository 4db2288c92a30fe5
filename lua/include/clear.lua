-- clear(queue, set, jobs): at most 1,000 finished jobs go for good, as erase takes them; set is the key of the state
-- set that they are in. Needs erase.
local function clear(queue, set, jobs)
    local ids = {}
    for i, job in ipairs(jobs) do
        ids[i] = job[1]
    end
    if #ids > 0 then
        erase(queue, jobs)
        redis.call('ZREM', set, unpack(ids))
        redis.call('ZREM', queue .. ':expiring', unpack(ids))
    end
end
