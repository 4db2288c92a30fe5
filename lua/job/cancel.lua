#!lua flags=allow-oom
-- cancel: scheduled | waiting -> cancelled; running: the request is noted for its worker
-- A running job ends in cancelled when its worker stops it, or when it would otherwise be retried; a job that succeeds
-- before it hears of the request is successful. A finished job stays as it is. Safe to send twice: a call that arrives
-- after the job ran again finds it changed.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  seen   the version of the job that the caller saw, as restart has it; "" for any version
-- Returns  {"ok", "cancelled"}, {"requested", worker that runs it}, {"finished", state}, {"changed", state} or {"gone"}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :scheduled, :waiting, :unknown, :suspects, :deadlines,
--          :cancelled, :expiring, :object:<object>, :fired:<schedule>, :gone, :counts:<hour>; all share the queue's
--          hash tag
-- Cost     O(log N)
-- @include now
-- @include whole
-- @include drop_aside
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include acquit
-- @include seen
local queue_key, id, version = KEYS[1], ARGV[1], ARGV[2] or ''
local job_key = queue_key .. ':job:' .. id
local state, worker, type, retention_ms, suspected = unpack(redis.call('HMGET', job_key, 'state', 'worker', 'type',
    'retention_ms', 'suspect'), 1, 5)
if not state then
    return {'gone'}
elseif state ~= 'scheduled' and state ~= 'waiting' and state ~= 'running' then
    return {'finished', state}
elseif version ~= '' and version ~= seen(unpack(redis.call('HMGET', job_key, 'enqueued_at', 'attempt', 'due_at',
    'finished_at'), 1, 4)) then
    return {'changed', state}
end

local now = now_ms()
if state == 'running' then
    redis.call('HSETNX', job_key, 'cancel_requested_at', now)
    return {'requested', worker or ''}
end
acquit(queue_key, id, suspected)
settle(queue_key, state, now, {{id = id, state = 'cancelled', retention_ms = retention_ms}})
drop_aside(queue_key, id, type)
return {'ok', 'cancelled'}
