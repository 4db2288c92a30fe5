-- erase(queue, id, object): removes a job's hash, its log, its attempts and its place in its object's list. The state
-- set is the caller's to clear.
local function erase(queue, id, object)
    redis.call('UNLINK', queue .. ':job:' .. id, queue .. ':log:' .. id, queue .. ':attempts:' .. id)
    if object then
        redis.call('ZREM', queue .. ':object:' .. object, id)
    end
end
