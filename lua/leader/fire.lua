#!lua
-- fire: slots that are due -> jobs in the pending list, lines in the ledgers, and the next slots
-- Each slot is decided once: under the leader's term, for the revision and the slot that the leader read, not before
-- its time by Redis's clock, and only when it is beyond the last one decided. An old leader decides nothing; the slots
-- that it would have fired are noted as refused. Safe to send twice: the second call finds the slots moved on. Redis
-- refuses the call when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader
-- ARGV[2]  term       under which it leads
-- ARGV[3]  a JSON object for each schedule, at most 500:
--            name, revision   as they were read
--            slot      the next one as it was read (ms); absent when there was none
--            next, due the following slot, and when it is due: that and its splay (ms); absent when there is none
--            offset    its splay (ms)
--            finished  ids of its open jobs that were seen finished
--            reopened  ids of its jobs that were seen unfinished and are not among the open ones
--            hold_ms   decide no slot: leave the schedule as it is and look again after this time
--            slots     what becomes of each slot, in order: {slot, kind, job, entry} with the kind fired or caught up,
--                      or {slot, kind, why, until, count} with the kind skipped
--          an entry is the text of the job's JSON object: queue, id, type, payload, options
-- Returns  {"ok", word, ...}  for each schedule fired, skipped, planned, held, or why not: stale (its slot was decided
--          before), changed (another revision), early, gone
--          {"deposed"}, {"full"}, or {"invalid", "schedule", value, what would be right}
-- Touches  <scheduler>:leader, :schedule:<name>, :due, :slots:<name>, :pending, :sequence; all share the hash tag
-- Cost     O(log N) for each schedule and slot
-- @include now
-- @include leads
-- @include note_slot
-- @include take_numbers
-- @include post
-- @include open_jobs
-- @include decide_slot
local scheduler, worker, term = KEYS[1], ARGV[1], ARGV[2]
local due = scheduler .. ':due'
local calls = {}
for i = 3, #ARGV do
    local ok, call = pcall(cjson.decode, ARGV[i])
    local is_call = ok and type(call) == 'table' and type(call.name) == 'string' and type(call.slots) == 'table'
        and type(call.revision) == 'string' and type(call.offset) == 'number'
        and (not call.next or type(call.due) == 'number') and (not call.hold_ms or type(call.hold_ms) == 'number')
    for _, slot in ipairs(is_call and call.slots or {}) do
        is_call = is_call and is_slot(slot)
    end
    if not is_call then
        return {'invalid', 'schedule', string.sub(ARGV[i], 1, 128), 'what fire takes for a schedule'}
    end
    calls[#calls + 1] = call
end

local now = now_ms()
if not leads(scheduler, worker, term) then
    for _, call in ipairs(calls) do
        local lines = table.concat(redis.call('LRANGE', scheduler .. ':slots:' .. call.name, 0, 99), '\n')
        for _, slot in ipairs(call.slots) do
            local mark = string.format('"kind":"refused","slot":%d,"term":%s,', slot.slot, term)
            if slot.entry and not string.find(lines, mark, 1, true)
                and redis.call('EXISTS', scheduler .. ':schedule:' .. call.name) == 1 then
                note_slot(scheduler, call.name, slot_line(now, term, 'refused', slot.slot,
                    ',"why":"old term","worker":' .. cjson.encode(worker)))
            end
        end
    end
    return {'deposed'}
elseif redis.call('LLEN', scheduler .. ':pending') >= most_pending then
    return {'full'}
end

local entries, dues, seen, decisions = {}, {}, {}, {}
-- decide(call, schedule, overlap, open_text): decides what becomes of a schedule's slots, and returns the word for it.
local function decide(call, schedule, overlap, open_text)
    local name, last = call.name, call.slots[#call.slots]
    local word = last and 'skipped' or 'planned'
    local open = still_open(open_text, call.finished)
    for _, job in ipairs(overlap == 'skip' and call.reopened or {}) do
        open[#open + 1] = job
    end
    local changes, lines = {'open', table.concat(open, ' ')}, {}
    for _, slot in ipairs(call.slots) do
        local is_fired, line = decide_slot(slot, call.offset, now, term, overlap == 'skip' and open[#open])
        lines[slot.slot] = line
        if is_fired then
            word = 'fired'
            entries[#entries + 1] = slot.entry
            if overlap == 'skip' then
                changes[2] = opened(open, slot.job)
            end
            for _, value in ipairs({'last_job', slot.job, 'fired_at', now}) do
                changes[#changes + 1] = value
            end
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
    end
    seen[name] = true
    decisions[#decisions + 1] = {call = call, changes = changes, lines = lines}
    return word
end

-- carry_out(decision): writes what was decided for a schedule whose jobs are in the pending list. The write that moves
-- the slot on comes after the lines of the ledger; those that a call wrote that Redis broke off are not written again.
local function carry_out(decision)
    local call, lines, ledger = decision.call, decision.lines, scheduler .. ':slots:' .. decision.call.name
    for _, line in ipairs(#call.slots > 0 and redis.call('LRANGE', ledger, 0, #call.slots - 1) or {}) do
        local kind, slot = string.match(line, '"kind":"([%a ]+)","slot":(%d+),')
        if slot and kind ~= 'refused' then
            lines[tonumber(slot)] = nil
        end
    end
    for _, slot in ipairs(call.slots) do
        if lines[slot.slot] then
            note_slot(scheduler, call.name, lines[slot.slot])
        end
    end
    local schedule = scheduler .. ':schedule:' .. call.name
    redis.call('HSET', schedule, unpack(decision.changes))
    if not call.next then
        redis.call('HDEL', schedule, 'slot')
        redis.call('ZREM', due, call.name)
    end
end

local reply = {'ok'}
for i, call in ipairs(calls) do
    local name, first, last = call.name, call.slots[1], call.slots[#call.slots]
    local schedule = scheduler .. ':schedule:' .. name
    local revision, next_slot, last_slot, overlap, open_text = unpack(redis.call('HMGET', schedule, 'revision', 'slot',
        'last_slot', 'overlap', 'open'))
    local word
    if not revision then
        word = 'gone'
        redis.call('ZREM', due, name)
    elseif revision ~= call.revision then
        word = 'changed'
    elseif seen[name] or tonumber(next_slot) ~= call.slot
        or (first and first.slot <= (tonumber(last_slot) or -1)) then
        word = 'stale'
    elseif call.hold_ms then
        word = 'held'
        dues[#dues + 1] = now + call.hold_ms
        dues[#dues + 1] = name
    elseif last and (last['until'] or last.slot) + call.offset > now then
        word = 'early'
    else
        word = decide(call, schedule, overlap, open_text)
    end
    reply[i + 1] = word
end
post(scheduler, now, entries)
for _, decision in ipairs(decisions) do
    carry_out(decision)
end
if #dues > 0 then
    redis.call('ZADD', due, unpack(dues))
end
return reply
