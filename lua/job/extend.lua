#!lua flags=allow-oom
-- extend: running -> running, the lease prolonged
-- All leases that a worker holds in a queue, in one call. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  lease_ms  from now
-- ARGV[2]  two for each job: id, token
-- Returns  {"ok", word, ...}  for each job ok, cancel (extended, and somebody asked to cancel it), stale or gone
-- Touches  <queue>:job:<id>, :running; both share the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include lease
local queue = KEYS[1]
local expiry = now_ms() + tonumber(ARGV[1])
local reply = {'ok'}
for i = 2, #ARGV, 2 do
    local fields = redis.call('HMGET', queue .. ':job:' .. ARGV[i], 'state', 'token', 'cancel_requested_at')
    local word = lease(fields, ARGV[i + 1], {})
    if word == 'ok' then
        redis.call('ZADD', queue .. ':running', expiry, ARGV[i])
        word = fields[3] and 'cancel' or 'ok'
    end
    reply[#reply + 1] = word
end
return reply
