-- rescue(queue, now, limit, lease_ms, crash_limit): running -> waiting | error | cancelled for up to limit jobs whose
-- lease ran out, each as a crash. Not while Redis is younger than a lease and twelve seconds: a worker that rests
-- between attempts to connect (five seconds at the most) may be out for all of a row of short outages, and is to renew
-- first: returned is until when (ms); nil else. Needs erase, settle, crash, server_age.
local function rescue(queue, now, limit, lease_ms, crash_limit)
    local expired = redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now, 'LIMIT', 0, limit)
    if #expired == 0 then
        return nil
    end
    local young = math.min(lease_ms, 12000) - server_age_ms()
    if young > 0 then
        return now + young
    end
    local endings = {}
    for _, id in ipairs(expired) do
        local fields = redis.call('HMGET', queue .. ':job:' .. id, unpack(crash_fields))
        if fields[1] ~= 'running' then
            redis.call('ZREM', queue .. ':running', id)
        else
            local what = string.format('lease lost: worker %s did not renew it', fields[3] or '')
            endings[#endings + 1] = crash(queue, id, fields, now, crash_limit, what)
        end
    end
    settle(queue, 'running', now, endings)
end
