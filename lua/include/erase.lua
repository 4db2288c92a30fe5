-- erase(queue_key, jobs): removes the hashes, logs and attempts of at most 1,000 jobs, and their places in the lists of
-- their objects and schedules. A job is a table of id, object and schedule, the last two false or missing where it has
-- none. The caller takes the jobs out of the state sets.
local function erase(queue_key, jobs)
    local keys = {}
    for _, job in ipairs(jobs) do
        local id = job.id
        keys[#keys + 1] = queue_key .. ':job:' .. id
        keys[#keys + 1] = queue_key .. ':log:' .. id
        keys[#keys + 1] = queue_key .. ':attempts:' .. id
        if job.object then
            redis.call('ZREM', queue_key .. ':object:' .. job.object, id)
        end
        if job.schedule then
            redis.call('ZREM', queue_key .. ':fired:' .. job.schedule, id)
        end
    end
    if #keys > 0 then
        redis.call('UNLINK', unpack(keys))
    end
end
