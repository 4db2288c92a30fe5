-- ring(bell_key): rings a doorbell, a list that is blocked on: <queue>:wake by idle workers, <scheduler>:news by the
-- leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at all there is, and a claim rings again while it leaves work behind.
local function ring(bell_key)
    if redis.call('LLEN', bell_key) == 0 then
        redis.call('RPUSH', bell_key, '1')
    end
end
