-- crash_job(queue_key, id): reads what crash needs of a job into a table by field name, with its id. A hash that
-- somebody made by hand may lack any field, and an error would stop all claims: without a valid one the attempt is 0
-- and the worker "". Needs whole, name.
local function crash_job(queue_key, id)
    local fields = {'state', 'type', 'attempt', 'worker', 'crashes', 'priority', 'cancel_requested_at', 'retention_ms',
        'deadline', 'started_at', 'suspect', 'max_retries', 'attempts_before_restart', 'log_bytes'}
    local job, values = {id = id}, redis.call('HMGET', queue_key .. ':job:' .. id, unpack(fields))
    for i, field in ipairs(fields) do
        job[field] = values[i]
    end
    job.attempt, job.worker = whole(job.attempt) or 0, job.worker and is_name(job.worker) and job.worker or ''
    return job
end

-- crash(queue_key, job, now, limit, what, death): running -> waiting | error | cancelled for a job, as crash_job gives
-- it, whose worker is gone. The attempt is spent and counted as a crash. The token is removed, so that a late report of
-- the old owner is stale and never taken for a call sent twice. A job whose cancel was requested is cancelled. what is
-- the text of the line that the job's log gets. death is nil when all that is known is that the lease ran out, else
-- {why, alone}: then the job becomes a suspect. Where it did not run alone, the crash is doubtful: it ends nothing yet,
-- and the attempt is given back. A job that goes on is due now, and its wait is counted from now. What happened is
-- noted first and only once; the crash is counted by the write that moves the job, so that a call that Redis breaks off
-- again and again counts none. Returns an ending for settle, or nil where the job goes on. Needs whole, bounds,
-- note_attempt, suspect, come_back.
local function crash(queue_key, job, now, limit, what, death)
    -- crash_end(crashes): the state and the reason with which a crash that is the job's own ends it; nil where the job
    -- may run again. It ends in error at the limit of crashes, so that a job that kills its worker does not go round
    -- for ever, and when no attempt is left.
    local function crash_end(crashes)
        local max_retries, before = whole(job.max_retries), whole(job.attempts_before_restart) or 0
        if crashes >= limit and death then
            return 'error', string.format('killed its worker %d times: %s, last worker %s', crashes, death.why,
                job.worker)
        elseif crashes >= limit then
            return 'error', string.format('%s, %d times', what, crashes)
        elseif max_retries and job.attempt - before > max_retries then
            return 'error', string.format('none of %d attempts is left: the last one ended with the loss of its worker',
                max_retries + 1)
        end
    end

    local id, job_key = job.id, queue_key .. ':job:' .. job.id
    local crashes, doubtful = (whole(job.crashes) or 0) + 1, job.suspect and (whole(job.suspect) or 0)
    local is_doubtful = death and not death.alone
    if death then
        doubtful = is_doubtful and (doubtful or 0) + 1 or 0
    end
    local rest = string.format('"level":"error","attempt":%d,"message":"%s (crash %d of %d%s)"}', job.attempt, what,
        crashes, limit, is_doubtful and ', other jobs ran too: runs alone next' or '')
    local line, log_key = string.format('{"time":%d,', now) .. rest, queue_key .. ':log:' .. id
    note_attempt(queue_key, id, now, string.format('{"attempt":%d,"end":"lease lost","started_at":%d,"worker":"%s"%s}',
        job.attempt, whole(job.started_at, 0, last_ms) or now, job.worker, death and ',"error":"' .. what .. '"' or ''))
    if string.sub(redis.call('LRANGE', log_key, -1, -1)[1] or '', -#rest) ~= rest then
        redis.call('RPUSH', log_key, line)
    end
    redis.call('HDEL', job_key, 'token')
    local fields = {'crashes', string.format('%d', crashes), 'log_bytes',
        string.format('%d', (whole(job.log_bytes) or 0) + #line)}
    local function set(field, value)
        fields[#fields + 1], fields[#fields + 2] = field, value
    end
    local state, reason
    if job.cancel_requested_at then
        state = 'cancelled'
    elseif not is_doubtful then
        state, reason = crash_end(crashes)
    end
    if state then
        if reason then
            set('error', reason)
        end
        redis.call('HDEL', job_key, 'suspect')
        -- An earlier call that Redis broke off may have put the job among the waiting ones.
        redis.call('ZREM', queue_key .. ':waiting', id)
        return {id = id, state = state, fields = fields, retention_ms = job.retention_ms,
            timing = (job.type or '') .. ' - -'}
    elseif doubtful then
        redis.call('ZADD', queue_key .. ':suspects', now, id)
        set('suspect', doubtful)
        set('reason', suspect_reason)
    end
    set('attempt', string.format('%d', is_doubtful and math.max(job.attempt - 1, 0) or job.attempt))
    set('due_at', now)
    come_back(queue_key, id, 'waiting', doubtful and now + parked or now, job.priority, job.deadline, fields)
end
