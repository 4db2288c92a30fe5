#!lua
-- schedule_run: a schedule -> the same, with a job of it in the outbox
-- An operator runs it now, also while it is paused; its next slot stays where it is. The job's id is the caller's, so a
-- second sending finds it in the ledger and changes nothing. Refused by Redis when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the draft was made from
-- ARGV[3]  job        the job's full id
-- ARGV[4]  draft      the job, a JSON object: queue, id, type, payload, options
-- Returns  {"ok"}, {"already"}, {"changed"} (another revision), {"gone"} or {"full"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :pending, :sequence, :news; all share the hash tag
-- Cost     O(1)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- ring(bell): rings a doorbell, a list that is blocked on: <queue>:wake by idle workers, <scheduler>:news by the
-- leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at all there is, and a claim rings again while it leaves work behind.
local function ring(bell)
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end

-- note_slot(root, name, line): puts a line, a JSON object, on top of a schedule's ledger, which keeps the last 1,000.
local function note_slot(root, name, line)
    local ledger = root .. ':slots:' .. name
    redis.call('LPUSH', ledger, line)
    redis.call('LTRIM', ledger, 0, 999)
end

-- How many drafts may wait for their delivery. With more the queues take nothing, and firing waits as well.
local most_pending = 1000

-- post(root, now, drafts): puts drafts, JSON objects, at the end of the outbox, each with the next number of the
-- sequence. It only grows, by Redis's clock too (microseconds), so that no number comes twice even where the key was
-- lost: a queue refuses what is not beyond the last one it was given.
local function post(root, now, drafts)
    if #drafts == 0 then
        return
    end
    local key = root .. ':sequence'
    local sequence = math.max(tonumber(redis.call('GET', key)) or 0, now * 1000)
    for i = 1, #drafts, 1000 do
        local entries = {}
        for j = i, math.min(i + 999, #drafts) do
            entries[#entries + 1] = string.format('{"sequence":%d,', sequence + j) .. string.sub(drafts[j], 2)
        end
        redis.call('RPUSH', root .. ':pending', unpack(entries))
    end
    redis.call('SET', key, string.format('%d', sequence + #drafts))
end

-- A schedule's field open: the full ids of jobs that it fired and that nobody has seen finished yet, with a space
-- between them, while it does not overlap.

-- still_open(text, finished): the ids in the field, without those in the list of finished ones.
local function still_open(text, finished)
    local gone, open = {}, {}
    for _, id in ipairs(finished or {}) do
        gone[id] = true
    end
    for id in string.gmatch(text or '', '%S+') do
        if not gone[id] then
            open[#open + 1] = id
        end
    end
    return open
end

-- opened(open, job): the field's text with one more; of more than 100, which only runs by hand make, the oldest go.
local function opened(open, job)
    open[#open + 1] = job
    return table.concat(open, ' ', math.max(1, #open - 99))
end

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

local scheduler, name, revision, job, draft = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local fields = redis.call('HMGET', scheduler .. ':schedule:' .. name, unpack(manual_fields))
local word = manual_word(scheduler, name, fields, revision, job)
if word ~= 'ok' then
    return {word}
end

manual(scheduler, name, fields, now_ms(), 'manual', job, draft)
return {'ok'}
