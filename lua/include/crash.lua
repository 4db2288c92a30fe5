-- What crash has to know of a job: HMGET job unpack(crash_fields).
local crash_fields = {'state', 'attempt', 'worker', 'crashes', 'priority', 'cancel_requested_at', 'retention_ms',
    'object', 'started_at', 'suspect', 'type'}

-- crash(queue, id, fields, now, limit, what, death): running -> waiting for a job whose worker is gone; the attempt is
-- spent and counted as a crash; the token goes, so that what the old owner still reports is stale and never taken for a
-- call sent twice. At the limit of crashes a job ends in error, so that one that kills its worker does not go round for
-- ever; one whose cancel was asked for is cancelled. It leaves a line in the job's log: what happened, as text. death
-- is nil when all that is known is that the lease ran out, else {why, alone}: then the job is a suspect, and where it
-- did not run alone the crash is doubtful and ends nothing yet. A job that goes on is due now: what it waits is counted
-- from here on. Returns an ending for settle, or nil. Needs wait, attempt, park, suspect.
local function crash(queue, id, fields, now, limit, what, death)
    local job = queue .. ':job:' .. id
    -- A hash that somebody made by hand may lack any of them, and an error here would stop all claims.
    local attempt, worker, started_at = tonumber(fields[2]) or 0, fields[3] or '', tonumber(fields[9]) or now
    local crashes, doubtful = (tonumber(fields[4]) or 0) + 1, tonumber(fields[10])
    local isDoubtful = death and not death.alone
    if death then
        doubtful = isDoubtful and (doubtful or 0) + 1 or 0
    end
    local timing = (fields[11] or '') .. ' - -'
    local line = string.format('{"time":%d,"level":"error","attempt":%d,"message":"%s (crash %d of %d%s)"}', now,
        attempt, what, crashes, limit, isDoubtful and ', other jobs ran too: runs alone next' or '')
    note_attempt(queue, id, now, string.format('{"attempt":%d,"end":"lease lost","started_at":%d,"worker":"%s"%s}',
        attempt, started_at, worker, death and ',"error":"' .. what .. '"' or ''))
    redis.call('HSET', job, 'crashes', crashes)
    redis.call('HDEL', job, 'token', 'suspect')
    redis.call('HINCRBY', job, 'log_bytes', #line)
    redis.call('RPUSH', queue .. ':log:' .. id, line)
    if fields[6] then
        return {id, 'cancelled', false, fields[7], fields[8], timing}
    elseif crashes >= limit and not isDoubtful then
        local reason = death
            and string.format('killed its worker %d times: %s, last worker %s', crashes, death.why, worker)
            or string.format('%s, %d times', what, crashes)
        return {id, 'error', reason, fields[7], fields[8], timing}
    end
    redis.call('HSET', job, 'state', 'waiting', 'due_at', now)
    redis.call('ZREM', queue .. ':running', id)
    if doubtful then
        suspect(queue, id, fields[5], now, doubtful)
    else
        wait(queue, id, fields[5], now)
    end
end
