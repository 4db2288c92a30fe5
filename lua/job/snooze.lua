#!lua flags=allow-oom
-- snooze: running -> scheduled, the attempt given back
-- Again later because the job asked for it. One whose cancel was asked for is cancelled. Safe to send twice; a stale
-- token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  token     of the caller's lease
-- ARGV[3]  delay_ms  from now
-- Returns  {"ok", state it is in now}, {"already"}, {"stale"} or {"gone"}
-- Touches  <queue>:job:<id>, :running, :scheduled, :wake, and as finish does where the job ends; all share the
--          queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include ring
-- @include schedule
-- @include lease
-- @include erase
-- @include tally
-- @include settle
-- @include acquit
local queue, id, token, delay_ms = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local job = queue .. ':job:' .. id
local fields = redis.call('HMGET', job, 'state', 'token', 'cancel_requested_at', 'retention_ms', 'object', 'attempt',
    'suspect')
local word = lease(fields, token, {scheduled = true, waiting = true, cancelled = true})
if word ~= 'ok' then
    return {word}
end

local now = now_ms()
acquit(queue, id, fields[7])
if fields[3] then
    settle(queue, 'running', now, {{id, 'cancelled', false, fields[4], fields[5]}})
    return {'ok', 'cancelled'}
end
redis.call('HSET', job, 'state', 'scheduled', 'due_at', now + delay_ms, 'attempt',
    math.max((tonumber(fields[6]) or 0) - 1, 0))
redis.call('ZREM', queue .. ':running', id)
schedule(queue, id, now + delay_ms)
return {'ok', 'scheduled'}
