#!lua flags=allow-oom
-- delete: scheduled | waiting | successful | warning | error | cancelled -> nothing
-- An operator removes a job with its log. A running job stays: it has to be cancelled first. Safe to send twice: the
-- second call finds nothing, or, where the id was used again, a changed job.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  seen   the version of the job that the caller saw, as restart has it; "" for any version
-- Returns  {"ok", state it was in}, {"running", worker}, {"changed", state} or {"gone"}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, all state sets but :running, :unknown, :suspects, :expiring,
--          :deadlines, :object:<object>, :fired:<schedule>, :gone; all share the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include whole
-- @include states
-- @include drop_aside
-- @include leave
-- @include erase
-- @include seen
local queue_key, id, version = KEYS[1], ARGV[1], ARGV[2] or ''
local job_key = queue_key .. ':job:' .. id
local state, worker, type, object, schedule, enqueued_at = unpack(redis.call('HMGET', job_key, 'state', 'worker',
    'type', 'object', 'schedule', 'enqueued_at'), 1, 6)
if not state then
    return {'gone'}
elseif state == 'running' then
    return {'running', worker or ''}
elseif version ~= '' and version ~= seen(unpack(redis.call('HMGET', job_key, 'enqueued_at', 'attempt', 'due_at',
    'finished_at'), 1, 4)) then
    return {'changed', state}
end

-- Where Redis breaks this off after the hash is gone, whoever comes upon an entry without one drops it.
local job = {id = id, object = object, schedule = schedule, enqueued_at = enqueued_at}
erase(queue_key, {job}, now_ms(), is_finished[state])
redis.call('ZREM', queue_key .. ':' .. state, id)
drop_aside(queue_key, id, type)
redis.call('ZREM', queue_key .. ':expiring', id)
return {'ok', state}
