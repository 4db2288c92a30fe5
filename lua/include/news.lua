-- news(root): rings the leader, which sleeps until the next slot that it knows of: there is something to do before. One
-- token is enough, whoever takes it looks at all.
local function news(root)
    local bell = root .. ':news'
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end
