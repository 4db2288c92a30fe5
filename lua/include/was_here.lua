-- was_here(queue_key, id, sent_at): tells whether a job of this id that was enqueued at this time (ms) or later has
-- gone, as erase notes it. An enqueue that was sent before asks with the time at which it was first sent: such a job is
-- its own, or another's that came to stand in its place meanwhile. One that is sent for the first time does not ask,
-- since an id may come again as soon as its job has gone.
local function was_here(queue_key, id, sent_at)
    -- What holds no sorted set was written by hand.
    local enqueued_at = tonumber(redis.pcall('ZSCORE', queue_key .. ':gone', id))
    return enqueued_at and enqueued_at >= sent_at
end
