#!lua
-- restart: successful | warning | error | cancelled -> waiting
-- An operator sends a finished job round again, with all its retries; attempts count on, so the log still tells one
-- execution from the other; the token goes, so that the round before is stale. Safe to send twice: the second
-- call finds the job not finished.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- Returns  {"ok", "waiting"}, {"unfinished", state} or {"gone"}
-- Touches  <queue>:job:<id>, the finished states' sets, :expiring, :waiting, :wake, :counts:<hour>; all share
--          the queue's hash tag
-- Cost     O(log N)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- ring(bell): rings a doorbell, a list that is blocked on: <queue>:wake by idle workers, <scheduler>:news by the
-- leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at all there is, and a claim rings again while it leaves work behind.
local function ring(bell)
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end

-- waiting_score(priority, at): higher priority first, then by time (ms): at - priority x 10^13; whole numbers below
-- 2^53, so exact, and still readable. As text, since Redis is slow to write numbers.
local function waiting_score(priority, at)
    return string.format('%d', at - (tonumber(priority) or 0) * 1e13)
end

-- wait(queue, id, priority, at): puts a job among the waiting. Does not ring: the caller does, once for all the jobs it
-- moves.
local function wait(queue, id, priority, at)
    redis.call('ZADD', queue .. ':waiting', waiting_score(priority, at), id)
end

-- count(queue, now, field, amount): adds to a field of this hour's hash, <queue>:counts:<hours since 1970>; tally says
-- what it holds.
local function count(queue, now, field, amount)
    local key = queue .. ':counts:' .. string.format('%d', now / 3600000)
    if redis.call('HINCRBY', key, field, string.format('%d', amount)) == amount then
        redis.call('EXPIRE', key, '90000')
    end
end

local queue, id = KEYS[1], ARGV[1]
local job = queue .. ':job:' .. id
local fields = redis.call('HMGET', job, 'state', 'attempt', 'priority')
local state = fields[1]
if not state then
    return {'gone'}
elseif state == 'scheduled' or state == 'waiting' or state == 'running' then
    return {'unfinished', state}
end

redis.call('HDEL', job, 'finished_at', 'error', 'warning', 'crashes', 'cancel_requested_at', 'progress', 'token')
local now = now_ms()
-- Due now: what it waits is counted from here on.
redis.call('HSET', job, 'state', 'waiting', 'attempts_before_restart', fields[2] or 0, 'due_at', now)
redis.call('ZREM', queue .. ':' .. state, id)
redis.call('ZREM', queue .. ':expiring', id)
wait(queue, id, fields[3], now)
count(queue, now, 'restarted', 1)
ring(queue .. ':wake')
return {'ok', 'waiting'}
