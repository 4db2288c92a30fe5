#!lua flags=allow-oom
-- finish: running -> successful | warning | error | cancelled
-- Ends attempts that no other attempt follows, those of many jobs in one call. A job that returned ends in the worst
-- state that it reported of itself. The writes that move the jobs are in the include settle, those that many scripts
-- share. Safe to send twice: the second call answers "already". A stale token changes nothing.
-- KEYS[1]  queue   root of the queue's keys
-- ARGV[1]  eight for each job, at most 1,000 jobs: id, token, outcome, report, error, attempt, retention_ms, timing
--            outcome  successful, error or cancelled
--            report   warning or error, the worst that the job said of itself; else ""
--            error    what went wrong, or what the job reported, as text; else ""
--            attempt  how the attempt ended, a JSON object for the job's list of them; "" when it simply succeeded
--            retention_ms  how long the job is kept; "" for as long as its state is
--            timing   to be counted: "<type> <ms that it waited, roughly> <ms since 1970 when it started>"; or ""
-- Returns  {"ok", word, ...}  for each job the state it is in now, or already, stale, gone
--          {"invalid", "outcome" or "report", value, what would be right}
-- Touches  <queue>:job:<id>, :running, the finished states' sets, :expiring, :deadlines, :attempts:<id>,
--          :counts:<hour>; :log:<id>, :object:<object>, :fired:<schedule> and :gone where nothing is kept; all share
--          the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include whole
-- @include lease
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include note_attempt
-- @include acquit
local queue_key = KEYS[1]
local replayed = {successful = true, warning = true, error = true, cancelled = true}
local reply, endings, ended, noted = {'ok'}, {}, {}, {}
for i = 1, #ARGV, 8 do
    local id, own_token, outcome, report, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
    local attempt, retention_ms, timing = ARGV[i + 5], ARGV[i + 6], ARGV[i + 7]
    if outcome ~= 'successful' and outcome ~= 'error' and outcome ~= 'cancelled' then
        return {'invalid', 'outcome', outcome, 'successful, error or cancelled'}
    elseif report ~= '' and report ~= 'warning' and report ~= 'error' then
        return {'invalid', 'report', report, 'warning, error or nothing'}
    end
    local job_key = queue_key .. ':job:' .. id
    -- What erase needs of a job is asked for with the rest.
    local keeps_nothing = retention_ms == '0'
    local state, token, suspected, object, schedule, enqueued_at
    if keeps_nothing then
        state, token, suspected, object, schedule, enqueued_at = unpack(redis.call('HMGET', job_key, 'state', 'token',
            'suspect', 'object', 'schedule', 'enqueued_at'), 1, 6)
    else
        state, token, suspected = unpack(redis.call('HMGET', job_key, 'state', 'token', 'suspect'), 1, 3)
    end
    local word = lease(state, token, own_token, replayed)
    if word == 'ok' and ended[id] then
        word = 'already'
    elseif word == 'ok' then
        ended[id] = true
        word = (outcome == 'successful' and report ~= '') and report or outcome
        -- A small table for a job that simply succeeded, which most do.
        local ending = keeps_nothing and {id = id, job_key = job_key, state = word, timing = timing, object = object,
            schedule = schedule, enqueued_at = enqueued_at}
            or {id = id, job_key = job_key, state = word, timing = timing}
        if reason ~= '' then
            ending.reason = reason
        end
        if retention_ms ~= '' then
            ending.retention_ms = retention_ms
        end
        endings[#endings + 1] = ending
        if attempt ~= '' or suspected then
            noted[#noted + 1] = {id = id, attempt = attempt, suspected = suspected}
        end
    end
    reply[#reply + 1] = word
end
local now = now_ms()
for _, job in ipairs(noted) do
    note_attempt(queue_key, job.id, now, job.attempt)
    acquit(queue_key, job.id, job.suspected)
end
-- A running job stands in no list of deadlines.
settle(queue_key, 'running', now, endings, {})
return reply
