#!lua flags=allow-oom
-- lead: nobody -> the leader, for one lease; the leader -> the leader, for another
-- The worker that asks first when no lease runs is elected, with a term that only grows. A lease that would end later
-- than it may, because Redis's clock was set back, counts as ended. Safe to send twice: the second call renews the
-- lease.
-- KEYS[1]  scheduler  root of the scheduler's keys, "martlet:{scheduler}"
-- ARGV[1]  worker     id of the worker process that stands for leader
-- ARGV[2]  lease_ms   how long it leads unless it renews
-- Returns  {"leading", term, elected}  elected is 1 when the term is new, else 0
--          {"standing by", leader, left_ms}  until that one's lease ends; leader is "" where nobody leads and this
--          worker was told to resign
-- Touches  <scheduler>:leader, :term; both share the hash tag
-- Cost     O(1)
-- @include now
local scheduler, worker, lease_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local leader = scheduler .. ':leader'
local now = now_ms()
local holder, term, expires_at, held_ms, resigned, resigned_until = unpack(redis.call('HMGET', leader, 'worker', 'term',
    'expires_at', 'lease_ms', 'resigned', 'resigned_until'))
local left = (tonumber(expires_at) or 0) - now
if holder and holder ~= worker and left > 0 and left <= (tonumber(held_ms) or 0) then
    return {'standing by', holder, left}
end
local barred = (tonumber(resigned_until) or 0) - now
if resigned == worker and barred > 0 and barred <= lease_ms then
    return {'standing by', '', barred}
end

local elected = 0
if holder ~= worker then
    term, elected = redis.call('INCR', scheduler .. ':term'), 1
    redis.call('HSET', leader, 'worker', worker, 'term', term, 'elected_at', now)
    redis.call('HDEL', leader, 'resigned', 'resigned_until')
end
redis.call('HSET', leader, 'expires_at', now + lease_ms, 'lease_ms', lease_ms)
return {'leading', tonumber(term), elected}
