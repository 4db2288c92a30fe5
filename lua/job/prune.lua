#!lua flags=allow-oom
-- prune: successful | warning | error | cancelled -> nothing
-- Deletes finished jobs that are past retention: by the age that their state allows, by the number of jobs in a state,
-- and earlier where a job has a shorter retention of its own. The hash is the truth: a job that by its hash is in
-- another state loses only its entry in the set. One call deletes a small batch, so that it can run under load. It also
-- forgets outboxes that have been silent for long. Safe to send twice.
-- KEYS[1]  queue          root of the queue's keys
-- ARGV[1]  limit          jobs deleted a call, 1 to 1000
-- ARGV[2]  successful_ms  age to which successful jobs are kept; "" where an archiver takes all jobs: then none goes by
--                         its age
-- ARGV[3]  others_ms      age to which warning, error and cancelled ones are kept; "" as above
-- ARGV[4]  max_jobs       jobs kept in each state; the oldest go
-- Returns  {"ok", number deleted}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, the finished states' sets, :expiring, :object:<object>,
--          :fired:<schedule>, :deadlines, :gone, :meta; all share the queue's hash tag
-- Cost     O(log N) for each job deleted; O(outboxes) once an hour
-- @include now
-- @include states
-- @include whole
-- @include leave
-- @include erase
-- @include clear
-- @include forget_outboxes
local queue_key, left, max_jobs = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local successful_ms, others_ms = ARGV[2], ARGV[3]
local now, number, expiring_key = now_ms(), 0, queue_key .. ':expiring'

-- delete(ids, found): deletes jobs that are past retention, found in the set of this key. A job without a hash is in no
-- other set.
local function delete(ids, found)
    local sets = {}
    for _, id in ipairs(ids) do
        local state, object, schedule, enqueued_at = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'state',
            'object', 'schedule', 'enqueued_at'), 1, 4)
        local set_key = state and queue_key .. ':' .. state or found
        if state and (not is_finished[state] or (found ~= expiring_key and found ~= set_key)) then
            redis.call('ZREM', found, id)
        else
            sets[set_key] = sets[set_key] or {}
            table.insert(sets[set_key], {id = id, object = object, schedule = schedule,
                enqueued_at = enqueued_at})
            number = number + 1
        end
    end
    for set_key, jobs in pairs(sets) do
        clear(queue_key, set_key, jobs, now)
    end
    left = left - #ids
end

if successful_ms ~= '' then
    delete(redis.call('ZRANGEBYSCORE', expiring_key, '-inf', now, 'LIMIT', 0, left), expiring_key)
end
for state, age in pairs({successful = successful_ms, warning = others_ms, error = others_ms, cancelled = others_ms}) do
    local set_key = queue_key .. ':' .. state
    if age ~= '' then
        delete(redis.call('ZRANGEBYSCORE', set_key, '-inf', now - age, 'LIMIT', 0, left), set_key)
    end
    local excess = math.min(left, redis.call('ZCARD', set_key) - max_jobs)
    if excess > 0 then
        delete(redis.call('ZRANGE', set_key, 0, excess - 1), set_key)
    end
end
forget_outboxes(queue_key, now)
return {'ok', number}
