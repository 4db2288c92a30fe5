#!lua flags=allow-oom
-- heartbeat: notes that a worker process lives, by Redis's clock
-- Forgets those that have been silent for long, where it is told to. Safe to send twice.
-- KEYS[1]  workers     the registry, "martlet:workers"
-- ARGV[1]  worker      id of the worker process
-- ARGV[2]  forget_ms   silence after which a worker is forgotten; "" to forget none this time
-- Returns  {"ok", Redis's time in ms}
-- Touches  nothing else
-- Cost     O(log N + workers forgotten)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local workers, worker, forget_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
redis.call('ZADD', workers, now, worker)
if forget_ms then
    redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - forget_ms)
end
return {'ok', now}
