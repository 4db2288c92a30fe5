-- erase(queue, id, object, schedule): removes a job's hash, its log, its attempts and its places in the lists of its
-- object and its schedule. The state set is the caller's to clear.
local function erase(queue, id, object, schedule)
    redis.call('UNLINK', queue .. ':job:' .. id, queue .. ':log:' .. id, queue .. ':attempts:' .. id)
    if object then
        redis.call('ZREM', queue .. ':object:' .. object, id)
    end
    if schedule then
        redis.call('ZREM', queue .. ':fired:' .. schedule, id)
    end
end
