-- check_run(scheduler, name, revision, job): checks a run that an operator asked for. Returns "ok", or the word for why
-- it does not run: already, gone, changed or full; and a table about the schedule: overlap, open, is_off where it is
-- paused or disabled, and is_same where it still has this revision. Needs post.
local function check_run(scheduler, name, revision, job)
    local known, overlap, open, paused_at, disabled_at = unpack(redis.call('HMGET', scheduler .. ':schedule:' .. name,
        'revision', 'overlap', 'open', 'paused_at', 'disabled_at'))
    local schedule = {overlap = overlap, open = open, is_off = paused_at or disabled_at, is_same = known == revision}
    local lines = table.concat(redis.call('LRANGE', scheduler .. ':slots:' .. name, 0, 99), '\n')
    if string.find(lines, '"job":"' .. job .. '"', 1, true) then
        return 'already', schedule
    elseif not known then
        return 'gone', schedule
    elseif known ~= revision then
        return 'changed', schedule
    elseif redis.call('LLEN', scheduler .. ':pending') >= most_pending then
        return 'full', schedule
    end
    return 'ok', schedule
end

-- run_by_hand(scheduler, name, known, now, kind, job): notes a run whose job was posted. The line in the ledger comes
-- last, since a second call recognizes the first by it. The leader delivers the job where the caller does not. Needs
-- ring, note_slot, open_jobs.
local function run_by_hand(scheduler, name, known, now, kind, job)
    local schedule = scheduler .. ':schedule:' .. name
    redis.call('HSET', schedule, 'last_job', job, 'fired_at', now)
    if known.overlap == 'skip' then
        redis.call('HSET', schedule, 'open', opened(still_open(known.open, {job}), job))
    end
    ring(scheduler .. ':news')
    note_slot(scheduler, name, string.format('{"time":%d,"kind":"%s","job":"%s"}', now, kind, job))
end
