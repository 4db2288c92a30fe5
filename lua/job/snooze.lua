#!lua flags=allow-oom
-- snooze: running -> scheduled | cancelled, the attempt given back
-- The job runs again later because it asked for it. A job whose cancel was requested is cancelled. Safe to send twice;
-- a stale token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  token     of the caller's lease
-- ARGV[3]  delay_ms  from now
-- Returns  {"ok", state it is in now}, {"already"}, {"stale"} or {"gone"}
-- Touches  <queue>:job:<id>, :running, :waiting, :scheduled, :wake, and as finish does where the job ends; all share
--          the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include whole
-- @include ring
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include lease
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include acquit
local queue_key, id, own_token, delay_ms = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local job_key = queue_key .. ':job:' .. id
local state, token, cancel_requested_at, retention_ms, attempt, suspected, deadline = unpack(redis.call('HMGET',
    job_key, 'state', 'token', 'cancel_requested_at', 'retention_ms', 'attempt', 'suspect', 'deadline'), 1, 7)
local word = lease(state, token, own_token, {scheduled = true, waiting = true, cancelled = true})
if word ~= 'ok' then
    return {word}
end

local now = now_ms()
acquit(queue_key, id, suspected)
if cancel_requested_at then
    settle(queue_key, 'running', now, {{id = id, state = 'cancelled', retention_ms = retention_ms}})
    return {'ok', 'cancelled'}
end
come_back(queue_key, id, 'scheduled', now + delay_ms, nil, deadline,
    {'due_at', now + delay_ms, 'attempt', math.max((whole(attempt) or 0) - 1, 0)})
return {'ok', 'scheduled'}
