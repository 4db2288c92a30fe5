#!lua flags=allow-oom
-- schedule_pause: enabled -> paused
-- It fires no slot until it is resumed; declarations don't touch that. Safe to send twice: the second call finds it
-- paused.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- Returns  {"ok"}, {"already"} or {"gone"}
-- Touches  <scheduler>:schedule:<name>, :due; both share the hash tag
-- Cost     O(log N)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local schedule, name = KEYS[1] .. ':schedule:' .. ARGV[1], ARGV[1]
local fields = redis.call('HMGET', schedule, 'revision', 'paused_at')
if not fields[1] then
    return {'gone'}
elseif fields[2] then
    return {'already'}
end

redis.call('HSET', schedule, 'paused_at', now_ms())
redis.call('HINCRBY', schedule, 'revision', 1)
redis.call('HDEL', schedule, 'slot')
redis.call('ZREM', KEYS[1] .. ':due', name)
return {'ok'}
