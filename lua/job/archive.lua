#!lua flags=allow-oom
-- archive: successful | warning | error | cancelled -> nothing, for jobs that the archive has
-- The archive holds each of them as it was read. A job that has changed since, because somebody restarted it, stays.
-- Safe to send twice.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  four for each job, at most 1,000 jobs: id, and its fields state, attempt, finished_at as they were read, ""
--          for one that it lacks
-- Returns  {"ok", number of jobs removed}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, the finished states' sets, :expiring, :object:<object>,
--          :fired:<schedule>, :deadlines, :gone; all share the queue's hash tag
-- Cost     O(log N) for each job
-- @include states
-- @include now
-- @include whole
-- @include leave
-- @include erase
-- @include clear
local queue_key, now = KEYS[1], now_ms()
local number, sets = 0, {}
for i = 1, #ARGV, 4 do
    local id, read_state, read_attempt, read_finished_at = unpack(ARGV, i, i + 3)
    local state, attempt, finished_at, object, schedule, enqueued_at = unpack(redis.call('HMGET',
        queue_key .. ':job:' .. id, 'state', 'attempt', 'finished_at', 'object', 'schedule', 'enqueued_at'), 1, 6)
    if is_finished[read_state] and state == read_state and (attempt or '') == read_attempt
        and (finished_at or '') == read_finished_at then
        sets[state] = sets[state] or {}
        table.insert(sets[state], {id = id, object = object, schedule = schedule, enqueued_at = enqueued_at})
        number = number + 1
    end
end
for state, jobs in pairs(sets) do
    clear(queue_key, queue_key .. ':' .. state, jobs, now)
end
return {'ok', number}
