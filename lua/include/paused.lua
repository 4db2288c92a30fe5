-- paused(queue, now): the reply to a claim while the queue is paused: no jobs, and when the next one falls due or loses
-- its lease; nil while it is open. No ring for anybody: resuming rings.
local function paused(queue, now)
    if redis.call('HEXISTS', queue .. ':meta', 'paused_at') == 0 then
        return nil
    end
    local due = redis.call('ZRANGE', queue .. ':scheduled', 0, 0, 'WITHSCORES')[2]
    local expiry = redis.call('ZRANGE', queue .. ':running', 0, 0, 'WITHSCORES')[2]
    local first = math.min(tonumber(due) or math.huge, tonumber(expiry) or math.huge)
    return {'ok', 0, (due or expiry) and math.max(0, first - now) or -1, now, 0}
end
