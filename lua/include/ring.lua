-- ring(bell_key): rings a doorbell, a list that others block on: idle workers on <queue>:wake, and on <scheduler>:news
-- the leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at everything, and a claim rings again while it leaves work behind.
local function ring(bell_key)
    if redis.call('LLEN', bell_key) == 0 then
        redis.call('RPUSH', bell_key, '1')
    end
end
