-- rescue(queue, now, limit, crash_limit): running -> waiting | error | cancelled for up to limit jobs whose lease ran
-- out, each as a crash. Needs erase, settle, crash.
local function rescue(queue, now, limit, crash_limit)
    local expired = redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now, 'LIMIT', 0, limit)
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
