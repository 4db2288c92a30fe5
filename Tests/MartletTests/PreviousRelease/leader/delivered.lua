#!lua flags=allow-oom
-- delivered: drafts in the outbox -> nothing, now that their queues have them
-- Whoever delivers reads the outbox from its head, enqueues in that order and then takes those out. One that no queue
-- will ever take goes too, and its schedule's ledger says why. Safe to send twice: what is out already is passed over.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  two for each draft: sequence, and why it was refused or "" for one that its queue has
-- Returns  {"ok", number taken out}
-- Touches  <scheduler>:pending, :slots:<name>; all share the hash tag
-- Cost     O(drafts in the outbox), at most 1,000
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
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

local scheduler = KEYS[1]
local pending = scheduler .. ':pending'
local done, removed = {}, 0
for i = 1, #ARGV, 2 do
    done[ARGV[i]] = ARGV[i + 1]
end
for _, entry in ipairs(redis.call('LRANGE', pending, 0, most_pending - 1)) do
    local why = done[string.match(entry, '^{"sequence":(%d+),') or '']
    if why then
        redis.call('LREM', pending, 1, entry)
        removed = removed + 1
        local ok, draft = pcall(cjson.decode, entry)
        local name = ok and type(draft) == 'table' and draft.schedule
        if why ~= '' and type(name) == 'string' and redis.call('EXISTS', scheduler .. ':schedule:' .. name) == 1 then
            note_slot(scheduler, name, string.format('{"time":%d,"kind":"refused","why":%s,"job":%s}', now_ms(),
                cjson.encode(why), cjson.encode(tostring(draft.queue) .. '/' .. tostring(draft.id))))
        end
    end
end
return {'ok', removed}
