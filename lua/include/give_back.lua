-- give_back(queue_key, id, now, ended, endings): running -> waiting for a job that the caller may write to, the attempt
-- given back; ended is how the attempt ended, as note_attempt takes it. The job keeps its place by the time it was
-- enqueued. One whose cancel was asked for goes to endings, for settle. Returns the state that it is in then. Needs
-- whole, set_waiting, note_attempt, acquit.
local function give_back(queue_key, id, now, ended, endings)
    local job_key = queue_key .. ':job:' .. id
    local cancel_requested_at, retention_ms, object, attempt, priority, enqueued_at, suspected = unpack(
        redis.call('HMGET', job_key, 'cancel_requested_at', 'retention_ms', 'object', 'attempt', 'priority',
            'enqueued_at', 'suspect'), 1, 7)
    note_attempt(queue_key, id, now, ended)
    acquit(queue_key, id, suspected)
    if cancel_requested_at then
        endings[#endings + 1] = {id = id, state = 'cancelled', retention_ms = retention_ms, object = object}
        return 'cancelled'
    end
    set_waiting(queue_key, id, priority, whole(enqueued_at, 0, last_ms) or now)
    redis.call('HSET', job_key, 'state', 'waiting', 'attempt', math.max((whole(attempt) or 0) - 1, 0))
    redis.call('ZREM', queue_key .. ':running', id)
    return 'waiting'
end
