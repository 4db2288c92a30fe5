-- A run that an operator asked for. HMGET schedule unpack(manual_fields) is what it has to know.
local manual_fields = {'revision', 'overlap', 'open', 'paused_at', 'disabled_at'}

-- manual_word(root, name, fields, revision, job): "ok", or why it is not to run. Needs post.
local function manual_word(root, name, fields, revision, job)
    local lines = table.concat(redis.call('LRANGE', root .. ':slots:' .. name, 0, 99), '\n')
    if string.find(lines, '"job":"' .. job .. '"', 1, true) then
        return 'already'
    elseif not fields[1] then
        return 'gone'
    elseif fields[1] ~= revision then
        return 'changed'
    end
    return redis.call('LLEN', root .. ':pending') >= most_pending and 'full' or 'ok'
end

-- manual(root, name, fields, now, kind, job, draft): puts the draft into the outbox and notes it. The leader
-- delivers it, should the caller not come to that. Needs ring, ledger, post, open.
local function manual(root, name, fields, now, kind, job, draft)
    local schedule = root .. ':schedule:' .. name
    note_slot(root, name, string.format('{"time":%d,"kind":"%s","job":"%s"}', now, kind, job))
    redis.call('HSET', schedule, 'last_job', job, 'fired_at', now)
    if fields[2] == 'skip' then
        redis.call('HSET', schedule, 'open', opened(still_open(fields[3]), job))
    end
    post(root, now, {draft})
    ring(root .. ':news')
end
