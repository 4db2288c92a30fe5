-- The key <queue>:gone is a sorted set of the jobs that were erased within a minute of their enqueueing, by the time
-- (ms) at which they were enqueued. A client that sends an enqueue again, because the answer was lost, finds them there
-- and does not put them in once more. It holds the latest 50,000, and expires a minute after it was last added to.
local known_for_ms, most_gone = 60000, 50000

-- note_gone(queue_key, jobs, now): notes those of these jobs, as erase takes them, that were enqueued within the last
-- minute, and forgets about twice as many of the oldest where they are known for long enough. A key that holds no
-- sorted set, because somebody wrote it by hand, is made anew. Needs whole.
local function note_gone(queue_key, jobs, now)
    local gone_key, entries, oldest = queue_key .. ':gone', {}, now - known_for_ms
    for _, job in ipairs(jobs) do
        local enqueued_at = whole(job.enqueued_at, 0, now)
        if enqueued_at and enqueued_at > oldest then
            entries[#entries + 1] = string.format('%d', enqueued_at)
            entries[#entries + 1] = job.id
        end
    end
    if #entries == 0 then
        return
    end
    local noted = redis.pcall('ZADD', gone_key, unpack(entries))
    if type(noted) == 'table' and string.find(noted.err, 'WRONGTYPE', 1, true) then
        redis.call('UNLINK', gone_key)
        redis.call('ZADD', gone_key, unpack(entries))
    end
    local over = math.max(redis.call('ZCOUNT', gone_key, '-inf', string.format('%d', oldest)),
        redis.call('ZCARD', gone_key) - most_gone)
    if over > 0 then
        redis.call('ZREMRANGEBYRANK', gone_key, 0, math.min(over, #entries + 10) - 1)
    end
    redis.call('PEXPIRE', gone_key, known_for_ms)
end

-- erase(queue_key, jobs, now, has_left): removes the hashes, logs and attempts of at most 1,000 jobs, and their places
-- in the lists of their objects and schedules. A job is a table of id, enqueued_at, object and schedule, of which all
-- but the first may be false or missing. has_left is true where the jobs have finished, and so hold nothing any more.
-- The caller takes the jobs out of the state sets. Needs whole, leave.
local function erase(queue_key, jobs, now, has_left)
    local keys = {}
    note_gone(queue_key, jobs, now)
    for _, job in ipairs(jobs) do
        local id = job.id
        if not has_left then
            leave(queue_key, id)
        end
        keys[#keys + 1] = queue_key .. ':job:' .. id
        keys[#keys + 1] = queue_key .. ':log:' .. id
        keys[#keys + 1] = queue_key .. ':attempts:' .. id
        if job.object then
            redis.call('ZREM', queue_key .. ':object:' .. job.object, id)
        end
        if job.schedule then
            redis.call('ZREM', queue_key .. ':fired:' .. job.schedule, id)
        end
    end
    if #keys > 0 then
        redis.call('UNLINK', unpack(keys))
    end
end
