#!lua flags=allow-oom
-- retry: running -> scheduled | error | cancelled, the attempt spent
-- The job runs again later, after an error. A job that reported a warning or an error of itself is not retried: it ends
-- in error. A job whose cancel was requested is cancelled. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  token     of the caller's lease
-- ARGV[3]  delay_ms  from now
-- ARGV[4]  report    warning, error or "": the worst that the job said of itself
-- ARGV[5]  error     what went wrong, as text
-- ARGV[6]  attempt   how the attempt ended, a JSON object for the job's list of them
-- ARGV[7]  max_retries  that hold for this job; they are written into its hash
-- ARGV[8]  timing    as finish has it
-- Returns  {"ok", state it is in now}, {"already"}, {"stale"} or {"gone"}
-- Touches  <queue>:job:<id>, :attempts:<id>, :running, :waiting, :scheduled, :wake, :counts:<hour>, and as finish does
--          where the job ends; all share the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include whole
-- @include ring
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include lease
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include note_attempt
-- @include acquit
local queue_key, id, own_token, delay_ms, report = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local reason, attempt, max_retries, timing = ARGV[5], ARGV[6], ARGV[7], ARGV[8] or ''
local job_key = queue_key .. ':job:' .. id
local state, token, cancel_requested_at, retention_ms, suspected, deadline = unpack(redis.call('HMGET', job_key,
    'state', 'token', 'cancel_requested_at', 'retention_ms', 'suspect', 'deadline'), 1, 6)
local word = lease(state, token, own_token, {scheduled = true, waiting = true, error = true, cancelled = true})
if word ~= 'ok' then
    return {word}
end

local now = now_ms()
note_attempt(queue_key, id, now, attempt)
acquit(queue_key, id, suspected)
local new_state = (cancel_requested_at and 'cancelled') or (report ~= '' and 'error') or 'scheduled'
if new_state ~= 'scheduled' then
    settle(queue_key, 'running', now, {{id = id, state = new_state, reason = reason, retention_ms = retention_ms,
        timing = timing}})
else
    come_back(queue_key, id, 'scheduled', now + delay_ms, nil, deadline,
        {'due_at', now + delay_ms, 'error', reason, 'max_retries', max_retries})
    tally(queue_key, now, {retried = 1}, {[timing .. ' retried'] = 1})
end
return {'ok', new_state}
