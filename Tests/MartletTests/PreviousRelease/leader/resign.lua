#!lua flags=allow-oom
-- resign: the leader -> nobody
-- By itself when it stops, or because an operator says so. It is not elected again for one lease, so that another one
-- is. Safe to send twice: the second call finds that it does not lead.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader that is to go; one that does not lead is left alone
-- Returns  {"ok"} or {"stale", leader}  leader is "" when nobody leads
-- Touches  <scheduler>:leader; it shares the hash tag
-- Cost     O(1)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local leader, worker = KEYS[1] .. ':leader', ARGV[1]
local fields = redis.call('HMGET', leader, 'worker', 'lease_ms')
if fields[1] ~= worker then
    return {'stale', fields[1] or ''}
end

redis.call('HSET', leader, 'resigned', worker, 'resigned_until', now_ms() + (tonumber(fields[2]) or 0))
redis.call('HDEL', leader, 'worker', 'expires_at')
return {'ok'}
