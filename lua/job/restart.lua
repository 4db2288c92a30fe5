#!lua
-- restart: successful | warning | error | cancelled -> waiting
-- An operator sends a finished job round again, with all its retries; one whose deadline has passed needs a new one.
-- Attempts count on, so the log still tells one round from the other. The token is removed, so that the round before is
-- stale. Safe to send twice: the second call finds the job not finished, or, when it arrives after the job has finished
-- once more, changed.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  seen   the version of the job that the caller saw: its enqueued_at, attempt, due_at and finished_at with a
--                 blank between them, "-" for one that it lacks; "" for any version
-- ARGV[3]  deadline     the new deadline, ms since 1970; "" for none
-- ARGV[4]  deadline_ms  the same as a span from now; "" for none
-- Returns  {"ok", "waiting"}, {"unfinished", state}, {"changed", state}, {"passed", its deadline} or {"gone"};
--          {"invalid", "deadline", value, what would be right}
-- Touches  <queue>:job:<id>, the finished states' sets, :expiring, :fired:<schedule>, :waiting, :deadlines, :wake,
--          :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include whole
-- @include ring
-- @include set_waiting
-- @include count
-- @include seen
local queue_key, id, version = KEYS[1], ARGV[1], ARGV[2] or ''
local new_deadline, deadline_ms = ARGV[3] or '', ARGV[4] or ''
local job_key = queue_key .. ':job:' .. id
local state, attempt, priority, enqueued_at, due_at, finished_at, schedule, deadline = unpack(redis.call('HMGET',
    job_key, 'state', 'attempt', 'priority', 'enqueued_at', 'due_at', 'finished_at', 'schedule', 'deadline'), 1, 8)
if not state then
    return {'gone'}
elseif state == 'scheduled' or state == 'waiting' or state == 'running' then
    return {'unfinished', state}
elseif version ~= '' and version ~= seen(enqueued_at, attempt, due_at, finished_at) then
    return {'changed', state}
end

local now = now_ms()
if new_deadline ~= '' or deadline_ms ~= '' then
    deadline = new_deadline ~= '' and tonumber(new_deadline) or tonumber(deadline_ms) and now + tonumber(deadline_ms)
    if not deadline or deadline ~= whole(deadline, 0, last_ms) or deadline <= now then
        return {'invalid', 'deadline', string.sub(new_deadline .. deadline_ms, 1, 128), 'a time (ms) after now'}
    end
elseif deadline and (whole(deadline) or 0) <= now then
    return {'passed', deadline}
end
if schedule then
    redis.call('ZADD', queue_key .. ':fired:' .. schedule, now, id)
end
set_waiting(queue_key, id, priority, now)
redis.call('HDEL', job_key, 'crashes', 'cancel_requested_at', 'progress', 'token')
-- The job is due now, and its wait is counted from now.
deadline = deadline and string.format('%d', whole(deadline, 0, last_ms) or 0)
redis.call('HSET', job_key, 'state', 'waiting', 'attempts_before_restart', attempt or 0, 'due_at', now,
    unpack(deadline and {'deadline', deadline} or {}))
if deadline then
    redis.call('ZADD', queue_key .. ':deadlines', deadline, id)
end
redis.call('HDEL', job_key, 'finished_at', 'error', 'warning')
redis.call('ZREM', queue_key .. ':' .. state, id)
redis.call('ZREM', queue_key .. ':expiring', id)
ring(queue_key .. ':wake')
count(queue_key, now, 'restarted', 1)
return {'ok', 'waiting'}
