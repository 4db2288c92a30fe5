-- give_back(queue_key, id, now, ended, endings): running -> waiting for a job that the caller may write to, the attempt
-- given back; ended is how the attempt ended, as note_attempt takes it. The job keeps its place by the time it was
-- enqueued. One whose cancel was asked for goes to endings, for settle. Returns the state that it is in then. Needs
-- whole, note_attempt, acquit, come_back.
local function give_back(queue_key, id, now, ended, endings)
    local job_key = queue_key .. ':job:' .. id
    local cancel_requested_at, retention_ms, attempt, priority, enqueued_at, suspected, deadline = unpack(
        redis.call('HMGET', job_key, 'cancel_requested_at', 'retention_ms', 'attempt', 'priority', 'enqueued_at',
            'suspect', 'deadline'), 1, 7)
    note_attempt(queue_key, id, now, ended)
    acquit(queue_key, id, suspected)
    if cancel_requested_at then
        endings[#endings + 1] = {id = id, state = 'cancelled', retention_ms = retention_ms}
        return 'cancelled'
    end
    come_back(queue_key, id, 'waiting', whole(enqueued_at, 0, last_ms) or now, priority, deadline,
        {'attempt', math.max((whole(attempt) or 0) - 1, 0)})
    return 'waiting'
end
