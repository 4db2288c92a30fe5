#!lua flags=allow-oom
-- heartbeat: notes that a worker process lives, by Redis's clock
-- It also forgets workers that have been silent for forget_ms, at most 100, where that is given; their keys are left
-- to the caller, since they share no hash tag with the registry. Safe to send twice.
-- KEYS[1]  workers     the registry, "martlet:workers"
-- ARGV[1]  worker      id of the worker process
-- ARGV[2]  forget_ms   silence after which a worker is forgotten; "" to forget none this time
-- Returns  {"ok", Redis's time in ms, id, ...}  the ids of the workers that it forgot
-- Touches  nothing else
-- Cost     O(log N + workers forgotten)
-- @include now
local workers_key, worker, forget_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local reply = {'ok', now}
redis.call('ZADD', workers_key, now, worker)
if forget_ms then
    local silent = redis.call('ZRANGEBYSCORE', workers_key, '-inf', now - forget_ms, 'LIMIT', 0, 100)
    for i, id in ipairs(silent) do
        redis.call('ZREM', workers_key, id)
        reply[i + 2] = id
    end
end
return reply
