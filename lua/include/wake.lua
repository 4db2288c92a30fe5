-- wake(queue): rings the doorbell that idle workers block on. One token is enough: whoever takes it claims, and the
-- claim rings again while it leaves work behind. So the list never grows with the queue.
local function wake(queue)
    local bell = queue .. ':wake'
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end
