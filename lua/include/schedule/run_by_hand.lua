-- check_run(scheduler, name, revision, job): checks a run that an operator asked for. Returns "ok" and what the run
-- needs of the schedule, or the word for why it does not run: already, gone, changed or full. Needs post.
local function check_run(scheduler, name, revision, job)
    local lines = table.concat(redis.call('LRANGE', scheduler .. ':slots:' .. name, 0, 99), '\n')
    if string.find(lines, '"job":"' .. job .. '"', 1, true) then
        return 'already'
    end
    local known, overlap, open, paused_at, disabled_at = unpack(redis.call('HMGET', scheduler .. ':schedule:' .. name,
        'revision', 'overlap', 'open', 'paused_at', 'disabled_at'))
    if not known then
        return 'gone'
    elseif known ~= revision then
        return 'changed'
    elseif redis.call('LLEN', scheduler .. ':pending') >= most_pending then
        return 'full'
    end
    return 'ok', {overlap = overlap, open = open, is_off = paused_at or disabled_at}
end

-- run_by_hand(scheduler, name, known, now, kind, job, entry): puts the job into the pending list and notes it in the
-- ledger. The leader delivers the job where the caller does not. Needs ring, note_slot, post, open_jobs.
local function run_by_hand(scheduler, name, known, now, kind, job, entry)
    local schedule = scheduler .. ':schedule:' .. name
    note_slot(scheduler, name, string.format('{"time":%d,"kind":"%s","job":"%s"}', now, kind, job))
    redis.call('HSET', schedule, 'last_job', job, 'fired_at', now)
    if known.overlap == 'skip' then
        redis.call('HSET', schedule, 'open', opened(still_open(known.open), job))
    end
    post(scheduler, now, {entry})
    ring(scheduler .. ':news')
end
