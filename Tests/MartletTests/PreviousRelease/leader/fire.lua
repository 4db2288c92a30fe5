#!lua
-- fire: slots that are due -> jobs in the outbox, lines in the ledgers, and the next slots
-- Each slot is decided once: under the leader's term, for the revision and the slot that it read, not before its time
-- by Redis's clock, and never one that is not beyond the last. An old leader changes nothing; its slots are noted as
-- refused. Safe to send twice: the second call finds the slots moved on. Refused by Redis when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader
-- ARGV[2]  term       under which it leads
-- ARGV[3]  a JSON object for each schedule, at most 500:
--            name, revision   as they were read
--            slot      the next one as it was read (ms); absent when there was none
--            next, due the one to come, and when: that and its splay (ms); absent when there is none any more
--            offset    its splay (ms)
--            finished  ids of its open jobs that were seen finished
--            disable   why it can't go on, instead of all slots
--            slots     what becomes of each slot, in order: {slot, kind, job, draft} with the kind fired or caught up,
--                      or {slot, kind, why, until, count} with the kind skipped
--          a draft is the job as a JSON object, its text: queue, id, type, payload, options
-- Returns  {"ok", word, ...}  for each schedule fired, skipped, planned, disabled, or why not: stale (its slot was
--          decided before), changed (another revision), early, gone
--          {"deposed"}, {"full"}, or {"invalid", "schedule", value, what would be right}
-- Touches  <scheduler>:leader, :schedule:<name>, :due, :slots:<name>, :pending, :sequence; all share the hash tag
-- Cost     O(log N) for each schedule and slot
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- leads(root, worker, term): whether the worker is the leader of this very term.
local function leads(root, worker, term)
    local fields = redis.call('HMGET', root .. ':leader', 'worker', 'term')
    return fields[1] == worker and fields[2] == term
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

local scheduler, worker, term = KEYS[1], ARGV[1], ARGV[2]
local due = scheduler .. ':due'
local function is_slot(slot)
    return type(slot) == 'table' and type(slot.slot) == 'number'
        and (slot.kind == 'skipped' and type(slot.why) == 'string'
            or (slot.kind == 'fired' or slot.kind == 'caught up') and type(slot.job) == 'string'
            and type(slot.draft) == 'string' and string.sub(slot.draft, 1, 1) == '{')
end

local calls = {}
for i = 3, #ARGV do
    local ok, call = pcall(cjson.decode, ARGV[i])
    local isCall = ok and type(call) == 'table' and type(call.name) == 'string' and type(call.slots) == 'table'
        and type(call.revision) == 'string' and type(call.offset) == 'number'
        and (not call.next or type(call.due) == 'number')
    for _, slot in ipairs(isCall and call.slots or {}) do
        isCall = isCall and is_slot(slot)
    end
    if not isCall then
        return {'invalid', 'schedule', string.sub(ARGV[i], 1, 128), 'what fire takes for a schedule'}
    end
    calls[#calls + 1] = call
end

local now = now_ms()
local function line(kind, slot, rest)
    return string.format('{"time":%d,"kind":"%s","slot":%d,"term":%s%s}', now, kind, slot, term, rest)
end

if not leads(scheduler, worker, term) then
    for _, call in ipairs(calls) do
        local ledger = scheduler .. ':slots:' .. call.name
        local known = table.concat(redis.call('LRANGE', ledger, 0, 99), '\n')
        for _, slot in ipairs(call.slots) do
            local mark = string.format('"kind":"refused","slot":%d,"term":%s,', slot.slot, term)
            if slot.draft and not string.find(known, mark, 1, true)
                and redis.call('EXISTS', scheduler .. ':schedule:' .. call.name) == 1 then
                note_slot(scheduler, call.name, line('refused', slot.slot,
                    ',"why":"old term","worker":' .. cjson.encode(worker)))
            end
        end
    end
    return {'deposed'}
elseif redis.call('LLEN', scheduler .. ':pending') >= most_pending then
    return {'full'}
end

local reply, drafts, dues, seen = {'ok'}, {}, {}, {}
for i, call in ipairs(calls) do
    local name, slots = call.name, call.slots
    local schedule = scheduler .. ':schedule:' .. name
    local fields = redis.call('HMGET', schedule, 'revision', 'slot', 'last_slot', 'overlap', 'open')
    local first, last = slots[1], slots[#slots]
    local word
    if not fields[1] then
        word = 'gone'
        redis.call('ZREM', due, name)
    elseif fields[1] ~= call.revision then
        word = 'changed'
    elseif seen[name] or tonumber(fields[2]) ~= call.slot or (first and first.slot <= (tonumber(fields[3]) or -1)) then
        word = 'stale'
    elseif last and (last['until'] or last.slot) + call.offset > now then
        word = 'early'
    elseif call.disable then
        word = 'disabled'
        redis.call('HSET', schedule, 'disabled_at', now, 'disabled_reason', call.disable)
        redis.call('HINCRBY', schedule, 'revision', 1)
        redis.call('HDEL', schedule, 'slot')
        redis.call('ZREM', due, name)
    else
        word = last and 'skipped' or 'planned'
        local open = still_open(fields[5], call.finished)
        local changes = {'open', table.concat(open, ' ')}
        for _, slot in ipairs(slots) do
            local rest = string.format(',"late_ms":%d', math.max(0, now - slot.slot - call.offset))
            if slot.kind == 'skipped' then
                rest = ',"why":' .. cjson.encode(slot.why)
                if slot['until'] then
                    rest = rest .. string.format(',"until":%d', slot['until'])
                end
                if slot.count then
                    rest = rest .. string.format(',"count":%d', slot.count)
                end
                note_slot(scheduler, name, line('skipped', slot.slot, rest))
            elseif fields[4] == 'skip' and #open > 0 then
                rest = ',"why":"' .. open[#open] .. ' has not finished"'
                note_slot(scheduler, name, line('skipped', slot.slot, rest))
            else
                word = 'fired'
                note_slot(scheduler, name, line(slot.kind, slot.slot, rest .. ',"job":"' .. slot.job .. '"'))
                drafts[#drafts + 1] = slot.draft
                if fields[4] == 'skip' then
                    changes[2] = opened(open, slot.job)
                end
                changes[#changes + 1] = 'last_job'
                changes[#changes + 1] = slot.job
                changes[#changes + 1] = 'fired_at'
                changes[#changes + 1] = now
            end
        end
        if last then
            changes[#changes + 1] = 'last_slot'
            changes[#changes + 1] = last['until'] or last.slot
        end
        if call.next then
            changes[#changes + 1] = 'slot'
            changes[#changes + 1] = call.next
            dues[#dues + 1] = call.due
            dues[#dues + 1] = name
        else
            redis.call('HDEL', schedule, 'slot')
            redis.call('ZREM', due, name)
        end
        redis.call('HSET', schedule, unpack(changes))
        seen[name] = true
    end
    reply[i + 1] = word
end
if #dues > 0 then
    redis.call('ZADD', due, unpack(dues))
end
post(scheduler, now, drafts)
return reply
