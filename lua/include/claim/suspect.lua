-- A suspect is a job that was running when its worker process died: it runs alone from then on, until it has ended in
-- some other way. It waits behind all others, where no ordinary claim looks; <queue>:suspects lists the waiting ones by
-- the time since when they are. Its hash's field suspect counts those of its crashes that may be another's doing.

-- suspect(queue_key, id, priority, now, doubtful): puts a job among the waiting, as a suspect. Needs set_waiting and
-- bounds.
local function suspect(queue_key, id, priority, now, doubtful)
    set_waiting(queue_key, id, priority, now + parked)
    redis.call('ZADD', queue_key .. ':suspects', now, id)
    redis.call('HSET', queue_key .. ':job:' .. id, 'suspect', doubtful, 'reason',
        'its worker process died: it runs alone, on a worker that runs nothing else')
end
