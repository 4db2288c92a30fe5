-- A suspect is a job that was running when its worker process died: it runs alone from then on, until it has ended in
-- some other way. It waits behind all others, where no ordinary claim looks; <queue>:suspects lists the waiting ones by
-- the time since when they are. Its hash's field suspect counts those of its crashes that may be another's doing.

-- suspect(queue, id, priority, now, doubtful): puts a job among the waiting, as a suspect. Needs wait, park.
local function suspect(queue, id, priority, now, doubtful)
    wait(queue, id, priority, now + parked)
    redis.call('ZADD', queue .. ':suspects', now, id)
    redis.call('HSET', queue .. ':job:' .. id, 'suspect', doubtful, 'reason',
        'its worker process died: it runs alone, on a worker that runs nothing else')
end

-- How long suspects wait for a worker that is idle by itself.
local suspect_patience_ms = 5000

-- first_suspect(queue, types): the one that waits longest and whose type is among these, of the first 100, and since
-- when (ms); nil when there is none.
local function first_suspect(queue, types)
    local entries = redis.call('ZRANGE', queue .. ':suspects', 0, 99, 'WITHSCORES')
    for i = 1, #entries, 2 do
        local fields = redis.call('HMGET', queue .. ':job:' .. entries[i], 'type', 'state')
        if fields[2] ~= 'waiting' then
            redis.call('ZREM', queue .. ':suspects', entries[i])
        elseif types[fields[1]] then
            return entries[i], tonumber(entries[i + 1])
        end
    end
end
