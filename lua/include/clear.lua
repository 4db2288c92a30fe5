-- clear(queue_key, set_key, jobs, now): removes at most 1,000 finished jobs: what erase removes, and their entries in
-- :expiring and in their state set, whose key is set_key. Needs erase.
local function clear(queue_key, set_key, jobs, now)
    local ids = {}
    for i, job in ipairs(jobs) do
        ids[i] = job.id
    end
    if #ids > 0 then
        erase(queue_key, jobs, now, true)
        redis.call('ZREM', set_key, unpack(ids))
        redis.call('ZREM', queue_key .. ':expiring', unpack(ids))
    end
end
