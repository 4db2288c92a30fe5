-- begin_attempts(queue_key, worker, ids, job_keys, reply, extras, now, lease_ms): waiting -> running for these jobs,
-- whose keys are job_keys. reply holds them from its sixth place on, as the reply to a claim does; the token, which
-- they share, is put in here. extras holds further fields, or nothing, for the job at the same position in ids. A job
-- enters its new set first and leaves the old one last, so that it is in one of them wherever Redis breaks this off.
-- Needs whole.
local function begin_attempts(queue_key, worker, ids, job_keys, reply, extras, now, lease_ms)
    local token_key, leases = queue_key .. ':token', {}
    local before = whole(redis.call('GET', token_key)) or 0
    local token = string.format('%d', math.max(before < 9e15 and before + 1 or 0, now * 1000))
    -- Numbers go to Redis as text: it writes a number that a script hands it with 17 digits, which costs more than the
    -- rest.
    local at, expiry = string.format('%d', now), string.format('%d', now + lease_ms)
    for i = 1, #ids do
        leases[2 * i - 1], leases[2 * i] = expiry, ids[i]
    end
    redis.call('SET', token_key, token)
    redis.call('ZADD', queue_key .. ':running', unpack(leases))
    local call = redis.call
    for i = 1, #ids do
        local job = reply[5 + i]
        local size = #job
        job[size - 2] = token
        if extras[i] then
            call('HSET', job_keys[i], 'state', 'running', 'attempt', job[size - 1], 'token', token, 'worker', worker,
                'started_at', at, unpack(extras[i]))
        else
            call('HSET', job_keys[i], 'state', 'running', 'attempt', job[size - 1], 'token', token, 'worker', worker,
                'started_at', at)
        end
    end
    redis.call('ZREM', queue_key .. ':waiting', unpack(ids))
end
