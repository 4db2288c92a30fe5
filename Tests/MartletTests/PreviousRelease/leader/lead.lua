#!lua flags=allow-oom
-- lead: nobody -> the leader, for one lease; the leader -> the leader, for another
-- Whoever asks first when no lease runs is elected, with a term that only grows. A lease that would end later than it
-- may, because Redis's clock was set back, has ended. Safe to send twice: the second call renews.
-- KEYS[1]  scheduler  root of the scheduler's keys, "martlet:{scheduler}"
-- ARGV[1]  worker     id of the worker process that stands for leader
-- ARGV[2]  lease_ms   how long it leads unless it renews
-- Returns  {"leading", term, elected}  elected is 1 when the term is new, else 0
--          {"standing by", leader, left_ms}  until that one's lease ends; leader is "" where nobody leads and this
--          worker was told to resign
-- Touches  <scheduler>:leader, :term; both share the hash tag
-- Cost     O(1)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local scheduler, worker, lease_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local leader = scheduler .. ':leader'
local now = now_ms()
local fields = redis.call('HMGET', leader, 'worker', 'term', 'expires_at', 'lease_ms', 'resigned', 'resigned_until')
local left = (tonumber(fields[3]) or 0) - now
if fields[1] and fields[1] ~= worker and left > 0 and left <= (tonumber(fields[4]) or 0) then
    return {'standing by', fields[1], left}
end
local barred = (tonumber(fields[6]) or 0) - now
if fields[5] == worker and barred > 0 and barred <= lease_ms then
    return {'standing by', '', barred}
end

local term, elected = fields[2], 0
if fields[1] ~= worker then
    term, elected = redis.call('INCR', scheduler .. ':term'), 1
    redis.call('HSET', leader, 'worker', worker, 'term', term, 'elected_at', now)
    redis.call('HDEL', leader, 'resigned', 'resigned_until')
end
redis.call('HSET', leader, 'expires_at', now + lease_ms, 'lease_ms', lease_ms)
return {'leading', tonumber(term), elected}
