-- replan(scheduler, name, now, keeps_times): makes the leader look at a schedule at once. Its slots are worked out anew
-- from now on, unless keeps_times tells that its cron and zone are the same as before. A slot that has come and is not
-- decided yet stays the next one, so that no edit swallows it. Needs ring.
local function replan(scheduler, name, now, keeps_times)
    local schedule = scheduler .. ':schedule:' .. name
    if not keeps_times then
        local slot = tonumber(redis.call('HGET', schedule, 'slot'))
        if not slot or slot > now then
            redis.call('HDEL', schedule, 'slot')
        end
        redis.call('HSET', schedule, 'since', now)
    end
    redis.call('ZADD', scheduler .. ':due', now, name)
    ring(scheduler .. ':news')
end
