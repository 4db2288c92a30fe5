#!lua flags=allow-oom
-- prune: successful | warning | error | cancelled -> nothing
-- Deletes finished jobs that are past retention: by the age of their state, by number, and earlier where the job asked
-- for less. A small batch a call, so that it can run under load. Safe to send twice.
-- KEYS[1]  queue          root of the queue's keys
-- ARGV[1]  limit          jobs deleted a call for each rule, 1 to 500
-- ARGV[2]  successful_ms  age to which successful jobs are kept; "" where an archiver takes all jobs: then none goes by
--                         its age
-- ARGV[3]  others_ms      age to which warning, error and cancelled ones are kept; "" as above
-- ARGV[4]  max_jobs       jobs kept in each state; the oldest go
-- Returns  {"ok", number deleted}
-- Touches  <queue>:job:<id>, :log:<id>, the finished states' sets, :expiring, :object:<object>, :fired:<schedule>; all
--          share the queue's hash tag
-- Cost     O(log N) for each job deleted
-- @include now
-- @include erase
local queue, limit, max_jobs = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local now = now_ms()
local deleted = 0

local function delete(ids, set)
    for _, id in ipairs(ids) do
        local fields = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'object', 'schedule')
        erase(queue, id, fields[2], fields[3])
        redis.call('ZREM', queue .. ':expiring', id)
        -- Without a hash there is only the set it was found in.
        redis.call('ZREM', fields[1] and queue .. ':' .. fields[1] or set, id)
    end
    deleted = deleted + #ids
end

if ARGV[2] ~= '' then
    delete(redis.call('ZRANGEBYSCORE', queue .. ':expiring', '-inf', now, 'LIMIT', 0, limit), queue .. ':expiring')
end
for state, age in pairs({successful = ARGV[2], warning = ARGV[3], error = ARGV[3], cancelled = ARGV[3]}) do
    local set = queue .. ':' .. state
    if age ~= '' then
        delete(redis.call('ZRANGEBYSCORE', set, '-inf', now - age, 'LIMIT', 0, limit), set)
    end
    local excess = math.min(limit, redis.call('ZCARD', set) - max_jobs)
    if excess > 0 then
        delete(redis.call('ZRANGE', set, 0, excess - 1), set)
    end
end
return {'ok', deleted}
