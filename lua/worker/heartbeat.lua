#!lua flags=allow-oom
-- heartbeat: notes that a worker process lives, by Redis's clock
-- It also forgets workers that have been silent for forget_ms, where that is given. Safe to send twice.
-- KEYS[1]  workers     the registry, "martlet:workers"
-- ARGV[1]  worker      id of the worker process
-- ARGV[2]  forget_ms   silence after which a worker is forgotten; "" to forget none this time
-- Returns  {"ok", Redis's time in ms}
-- Touches  nothing else
-- Cost     O(log N + workers forgotten)
-- @include now
local workers_key, worker, forget_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
redis.call('ZADD', workers_key, now, worker)
if forget_ms then
    redis.call('ZREMRANGEBYSCORE', workers_key, '-inf', now - forget_ms)
end
return {'ok', now}
