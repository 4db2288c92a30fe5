-- A job may hold more than its place in a state set: an entry in <queue>:deadlines while it waits for an attempt. The
-- includes settle and erase, one of which every end of a job goes through, give that up by leave, and so does a claim
-- that starts the job; come_back takes it again for a job whose attempt ended with another to follow.

-- leave(queue_key, id): gives up what a job holds. It comes before the writes that move the job: where Redis breaks
-- these off, the job waits on without an entry, and a claim looks at its deadline all the same.
local function leave(queue_key, id)
    if redis.call('HGET', queue_key .. ':job:' .. id, 'deadline') then
        redis.call('ZREM', queue_key .. ':deadlines', id)
    end
end
