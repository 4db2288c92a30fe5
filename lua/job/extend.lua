#!lua flags=allow-oom
-- extend: running -> running, the lease prolonged
-- Prolongs all leases that a worker holds in a queue, in one call. A worker that runs only jobs of other queues calls
-- it without jobs, so that this queue hears of it: a lull is a time in which no worker was heard of. Safe to send
-- twice; a stale token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  lease_ms  from now
-- ARGV[2]  two for each job, at most 1,000 jobs: id, token
-- Returns  {"ok", word, ...}  for each job ok, cancel (extended, and somebody asked to cancel it), stale or gone
-- Touches  <queue>:job:<id>, :running, :pulse; all share the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include whole
-- @include lease
-- @include lull
-- @include earliest
local queue_key, lease_ms = KEYS[1], tonumber(ARGV[1])
local running_key, now = queue_key .. ':running', now_ms()
local lost = earliest(running_key)
local reply = {'ok'}
for i = 2, #ARGV, 2 do
    local id, own_token = ARGV[i], ARGV[i + 1]
    local state, token, cancel_requested_at = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'state', 'token',
        'cancel_requested_at'), 1, 3)
    local word = lease(state, token, own_token, {})
    if word == 'ok' then
        redis.call('ZADD', running_key, now + lease_ms, id)
        word = cancel_requested_at and 'cancel' or 'ok'
    end
    reply[#reply + 1] = word
end
if lost < math.huge then
    local _, _, _, pulse = lull(queue_key, now, lease_ms, lost)
    note_pulse(queue_key, pulse)
end
return reply
