#!lua flags=allow-oom
-- resign: the leader -> nobody
-- A leader resigns when it stops, or because an operator says so. It is not elected again for one lease, so that
-- another worker is. Safe to send twice: the second call finds that it does not lead.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader that is to go; one that does not lead is left alone
-- Returns  {"ok"} or {"stale", leader}  leader is "" when nobody leads
-- Touches  <scheduler>:leader; it shares the hash tag
-- Cost     O(1)
-- @include now
local leader, worker = KEYS[1] .. ':leader', ARGV[1]
local holder, lease_ms = unpack(redis.call('HMGET', leader, 'worker', 'lease_ms'))
if holder ~= worker then
    return {'stale', holder or ''}
end

redis.call('HSET', leader, 'resigned', worker, 'resigned_until', now_ms() + (tonumber(lease_ms) or 0))
redis.call('HDEL', leader, 'worker', 'expires_at')
return {'ok'}
