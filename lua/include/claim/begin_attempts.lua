-- claim_fields(hash): reads what a claim needs of a job from its hash, as HGETALL gives it: type, state, attempt,
-- whether max_retries is set, retention_ms, and the size of all values (bytes). A field that the hash lacks is nil.
local function claim_fields(hash)
    local type, state, attempt, has_retries, retention, size = nil, nil, nil, false, nil, 0
    for i = 1, #hash, 2 do
        local field, value = hash[i], hash[i + 1]
        size = size + #value
        if field == 'type' then
            type = value
        elseif field == 'state' then
            state = value
        elseif field == 'attempt' then
            attempt = value
        elseif field == 'max_retries' then
            has_retries = true
        elseif field == 'retention_ms' then
            retention = value
        end
    end
    return type, state, attempt, has_retries, retention, size
end

-- begin_attempts(queue_key, worker, ids, keys, attempts, extras, now, lease_ms): waiting -> running for these jobs.
-- keys, attempts and extras hold the key, the attempt and further fields of the job at the same position in ids.
-- Returns the token that the jobs share. A job enters its new set first and leaves the old one last, so that it is in
-- one of them wherever Redis breaks this off. Needs whole.
local function begin_attempts(queue_key, worker, ids, keys, attempts, extras, now, lease_ms)
    local token_key, leases = queue_key .. ':token', {}
    local before = whole(redis.call('GET', token_key)) or 0
    local token = string.format('%d', math.max(before < 9e15 and before + 1 or 0, now * 1000))
    -- Numbers go to Redis as text: it writes a number that a script hands it with 17 digits, which costs more than the
    -- rest.
    local at, expiry = string.format('%d', now), string.format('%d', now + lease_ms)
    for i, id in ipairs(ids) do
        leases[2 * i - 1], leases[2 * i] = expiry, id
    end
    redis.call('SET', token_key, token)
    redis.call('ZADD', queue_key .. ':running', unpack(leases))
    for i, job_key in ipairs(keys) do
        redis.call('HSET', job_key, 'state', 'running', 'attempt', attempts[i], 'token', token, 'worker', worker,
            'started_at', at)
        if extras[i] then
            redis.call('HSET', job_key, unpack(extras[i]))
        end
    end
    redis.call('ZREM', queue_key .. ':waiting', unpack(ids))
    return token
end
