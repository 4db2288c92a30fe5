-- rescue(queue_key, now, up_to, limit, lease_ms, crash_limit): running -> waiting | error | cancelled for up to limit
-- jobs whose lease ran out by up_to; each counts as a crash. Does nothing until Redis has been up for the grace of
-- lull: one lease, and at most 12 s. A worker that rests between attempts to connect may miss every short time that
-- Redis is up, and gets the time to renew first. Returns the time (ms) until which it does nothing, else nil. Needs
-- erase, settle, crash, server_age, lull.
local function rescue(queue_key, now, up_to, limit, lease_ms, crash_limit)
    local running_key = queue_key .. ':running'
    local expired = redis.call('ZRANGEBYSCORE', running_key, '-inf', up_to, 'LIMIT', 0, limit)
    if #expired == 0 then
        return nil
    end
    local young = grace_ms(lease_ms) - server_age_ms()
    if young > 0 then
        return now + young
    end
    local endings = {}
    for _, id in ipairs(expired) do
        local job = crash_job(queue_key, id)
        if job.state ~= 'running' then
            redis.call('ZREM', running_key, id)
        else
            local what = string.format('lease lost: worker %s did not renew it', job.worker)
            endings[#endings + 1] = crash(queue_key, job, now, crash_limit, what)
        end
    end
    settle(queue_key, 'running', now, endings)
end
