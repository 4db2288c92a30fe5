#!lua flags=allow-oom
-- pause: a queue that is claimed from <-> one that is not
-- While it is paused no claim takes a waiting job; running ones go on, and what falls due or loses its lease waits with
-- the others. Resuming rings. Safe to send twice: the second call finds it so.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  word   pause or resume
-- ARGV[2]  by     who says so, as text
-- Returns  {"ok"}; {"already", since in ms, by whom} where it is paused, {"already"} where it is open;
--          {"invalid", "word", value, what would be right}
-- Touches  <queue>:meta, :wake; both share the queue's hash tag
-- Cost     O(1)
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

local queue, word, by = KEYS[1], ARGV[1], ARGV[2]
local meta = queue .. ':meta'
local paused = redis.call('HMGET', meta, 'paused_at', 'paused_by')
if word == 'pause' then
    if paused[1] then
        return {'already', tonumber(paused[1]), paused[2] or ''}
    end
    redis.call('HSET', meta, 'paused_at', now_ms(), 'paused_by', by)
elseif word == 'resume' then
    if not paused[1] then
        return {'already'}
    end
    redis.call('HDEL', meta, 'paused_at', 'paused_by')
    ring(queue .. ':wake')
else
    return {'invalid', 'word', string.sub(word, 1, 128), 'pause or resume'}
end
return {'ok'}
