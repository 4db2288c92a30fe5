-- claim_fields(hash): reads what a claim needs of a job from its hash, as HGETALL gives it: type, state, attempt,
-- whether max_retries is set, retention_ms, the size of all values (bytes), and deadline. A field that the hash lacks
-- is nil.
local function claim_fields(hash)
    -- A job without options that was not tried yet stands here as enqueue wrote it, and most do.
    if hash[1] == 'type' and hash[5] == 'state' and hash[7] == 'enqueued_at' then
        local size = #hash[2] + #hash[4] + #hash[6] + #hash[8]
        if #hash == 8 and hash[3] == 'payload' then
            return hash[2], hash[6], nil, false, nil, size
        elseif #hash == 10 and hash[3] == 'payload.1' and hash[9] == 'payload.2' then
            return hash[2], hash[6], nil, false, nil, size + #hash[10]
        end
    end
    local type, state, attempt, has_retries, retention, size, deadline = nil, nil, nil, false, nil, 0, nil
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
        elseif field == 'deadline' then
            deadline = value
        end
    end
    return type, state, attempt, has_retries, retention, size, deadline
end

-- defaults(attempt, has_retries, retention, retries, kept_ms): the fields that a job which sets none gets from the
-- defaults of its type, retries and kept_ms, "" for none: a script that ends the job without its worker reads them in
-- its hash, max_retries once no attempt is left. Nil where there are none.
local function defaults(attempt, has_retries, retention, retries, kept_ms)
    local fields = {}
    if not has_retries and retries ~= '' and attempt > tonumber(retries) then
        fields[1], fields[2] = 'max_retries', retries
    end
    if not retention and kept_ms ~= '' then
        fields[#fields + 1] = 'retention_ms'
        fields[#fields + 1] = kept_ms
    end
    return #fields > 0 and fields or nil
end

-- choose(queue_key, reply, first, limit, handled, now, rarely): looks at the waiting jobs in their order, or only at
-- the suspect first, and puts up to limit jobs that the worker may run into reply, from its sixth place on; the token,
-- which follows the hash, comes later. handled holds for each type that the worker knows the place of its max_retries
-- among the arguments; its retention_ms follows. A job of another type is set aside, one that is too large ends in
-- error, one whose deadline has passed ends, and what does not wait leaves the set; rarely gives park, settle and
-- expire. Returns the ids of the jobs, their keys, by position further fields for their hashes, the ids of those that
-- have to leave what they hold, how many jobs were set aside, whether jobs are left, and whether that is not known.
-- Needs whole, bounds.
local function choose(queue_key, reply, first, limit, handled, now, rarely)
    local waiting, taken, job_keys, extras, holders = queue_key .. ':waiting', {}, {}, {}, {}
    local call, number, bytes, parks, is_left, is_unsure = redis.call, 0, 0, 0, false, false
    -- One job more than may be taken tells that jobs are left.
    local window = first and 1 or limit + 1
    local ids = first and {first} or redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', 0, window)
    -- The type that was looked up last, and what the arguments say of it.
    local known, place, retries, kept_ms
    while #ids > 0 do
        for i = 1, #ids do
            local id = ids[i]
            if number == limit then
                is_left = true
                break
            end
            local job_key = queue_key .. ':job:' .. id
            local hash = call('HGETALL', job_key)
            local type, state, attempt, has_retries, retention, size, deadline = claim_fields(hash)
            if type ~= known then
                known, place = type, handled[type or '']
                retries, kept_ms = ARGV[place or 0], ARGV[place and place + 1 or 0]
            end
            if not type or state ~= 'waiting' then
                redis.call('ZREM', waiting, id)
            elseif deadline and (whole(deadline) or 0) <= now then
                rarely().expire(queue_key, now, {id})
            elseif not place then
                rarely().park(queue_key, id, type)
                parks = parks + 1
            elseif size > most_job_bytes then
                local reason = string.format('too large to be run: %d bytes, and a job may have %d', size,
                    most_job_bytes)
                rarely().settle(queue_key, 'waiting', now, {{id = id, state = 'error', reason = reason,
                    retention_ms = retention, timing = type .. ' - -'}})
            elseif number > 0 and bytes + size > most_claimed_bytes then
                is_left = true
                break
            else
                number, bytes = number + 1, bytes + size
                attempt = attempt and (whole(attempt) or 0) + 1 or 1
                taken[number], job_keys[number], reply[5 + number] = id, job_key, hash
                local n = #hash
                hash[n + 1], hash[n + 2], hash[n + 3] = false, attempt == 1 and '1' or string.format('%d', attempt), id
                if deadline then
                    holders[#holders + 1] = id
                end
                if attempt > 1 or retries == '0' or kept_ms ~= '' then
                    extras[number] = defaults(attempt, has_retries, retention, retries, kept_ms)
                end
            end
        end
        is_unsure = not is_left and #ids == window
        if not is_unsure or number == limit or parks == 0 or parks >= 100 then
            break
        end
        -- Jobs of types that the worker does not know stand before its own.
        window = math.max(limit - number + 1, 50)
        ids = redis.call('ZRANGEBYSCORE', waiting, '-inf', first_parked, 'LIMIT', number, window)
    end
    return taken, job_keys, extras, holders, parks, is_left, is_unsure
end
