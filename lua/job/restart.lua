#!lua
-- restart: successful | warning | error | cancelled -> waiting
-- An operator sends a finished job round again, with all its retries; attempts count on, so the log still tells one
-- execution from the other; the token goes, so that the round before is stale. Safe to send twice: the second
-- call finds the job not finished.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- Returns  {"ok", "waiting"}, {"unfinished", state} or {"gone"}
-- Touches  <queue>:job:<id>, the finished states' sets, :expiring, :fired:<schedule>, :waiting, :wake,
--          :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include ring
-- @include wait
-- @include count
local queue, id = KEYS[1], ARGV[1]
local job = queue .. ':job:' .. id
local fields = redis.call('HMGET', job, 'state', 'attempt', 'priority', 'schedule')
local state = fields[1]
if not state then
    return {'gone'}
elseif state == 'scheduled' or state == 'waiting' or state == 'running' then
    return {'unfinished', state}
end

redis.call('HDEL', job, 'finished_at', 'error', 'warning', 'crashes', 'cancel_requested_at', 'progress', 'token')
local now = now_ms()
-- Due now: what it waits is counted from here on.
redis.call('HSET', job, 'state', 'waiting', 'attempts_before_restart', fields[2] or 0, 'due_at', now)
redis.call('ZREM', queue .. ':' .. state, id)
redis.call('ZREM', queue .. ':expiring', id)
if fields[4] then
    redis.call('ZADD', queue .. ':fired:' .. fields[4], now, id)
end
wait(queue, id, fields[3], now)
count(queue, now, 'restarted', 1)
ring(queue .. ':wake')
return {'ok', 'waiting'}
