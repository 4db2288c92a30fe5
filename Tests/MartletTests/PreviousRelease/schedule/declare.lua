#!lua
-- declare: nothing -> a schedule; a schedule -> the same with the values that the code has now
-- What an operator edited stays edited, field by field; a pause stays. One that was disabled because nobody declared it
-- is enabled. One that an operator made becomes the code's, with all its values as edits. All are checked before the
-- first is written. Safe to send twice: the second call changes nothing. Refused by Redis when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  a JSON object of texts for each schedule, at most 500: name, cron, zone, type, payload, queue, object,
--          options, splay_ms, catch_up, overlap
-- Returns  {"ok", word, ...}  for each new, changed, enabled or unchanged
--          {"invalid", field, value, what would be right}
-- Touches  <scheduler>:schedule:<name>, :schedules, :declared, :due, :news; all share the hash tag
-- Cost     O(log N) for each schedule
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What is told of a schedule, in its declaration and by operators; all texts, "" for nothing. Beside each stands
-- declared_<field>, as the code has it; the field edited names those that an operator changed.
local told = {'cron', 'zone', 'type', 'payload', 'queue', 'object', 'options', 'splay_ms', 'catch_up', 'overlap'}

local function is_name(text, longest)
    return type(text) == 'string' and #text <= longest and string.find(text, '^[%w._-]+$') ~= nil
end

-- fault(name, values): what is wrong with a schedule, as {field, value, what would be right}; nil when nothing is.
-- Cron, zone and options are the caller's to check.
local function fault(name, values)
    if not is_name(name, 100) then
        return {'name', name, '1 to 100 of A-Z a-z 0-9 . _ -'}
    end
    for _, field in ipairs(told) do
        if type(values[field]) ~= 'string' then
            return {field, tostring(values[field]), 'a text'}
        end
    end
    if values.cron == '' or values.zone == '' or values.payload == '' then
        local field = values.cron == '' and 'cron' or values.zone == '' and 'zone' or 'payload'
        return {field, '', 'a text that is not empty'}
    elseif not is_name(values.type, 128) then
        return {'type', values.type, '1 to 128 of A-Z a-z 0-9 . _ -'}
    elseif not is_name(values.queue, 128) then
        return {'queue', values.queue, '1 to 128 of A-Z a-z 0-9 . _ -'}
    elseif not string.find(values.splay_ms, '^%d+$') or tonumber(values.splay_ms) > 604800000 then
        return {'splay_ms', values.splay_ms, 'a whole number from 0 to 604800000'}
    elseif values.overlap ~= 'skip' and values.overlap ~= 'allow' then
        return {'overlap', values.overlap, 'skip or allow'}
    elseif values.catch_up ~= 'latest' and values.catch_up ~= 'skip'
        and not string.find(values.catch_up, '^all %d+$') then
        return {'catch_up', values.catch_up, 'latest, skip or all and a number'}
    end
end

-- ring(bell): rings a doorbell, a list that is blocked on: <queue>:wake by idle workers, <scheduler>:news by the
-- leader, which sleeps until the next slot that it knows of. One token is enough, so the list never grows: whoever
-- takes it looks at all there is, and a claim rings again while it leaves work behind.
local function ring(bell)
    if redis.call('LLEN', bell) == 0 then
        redis.call('RPUSH', bell, '1')
    end
end

-- replan(root, name, now): the next slot is to be worked out anew, from now on. The leader does that, at once. Needs
-- ring.
local function replan(root, name, now)
    local schedule = root .. ':schedule:' .. name
    redis.call('HDEL', schedule, 'slot')
    redis.call('HSET', schedule, 'since', now)
    redis.call('ZADD', root .. ':due', now, name)
    ring(root .. ':news')
end

local scheduler = KEYS[1]
local declarations = {}
for i = 1, #ARGV do
    local ok, values = pcall(cjson.decode, ARGV[i])
    if not ok or type(values) ~= 'table' then
        return {'invalid', 'schedule', string.sub(ARGV[i], 1, 128), 'a JSON object'}
    end
    local wrong = fault(values.name, values)
    if wrong then
        return {'invalid', wrong[1], string.sub(tostring(wrong[2]), 1, 128), wrong[3]}
    end
    declarations[i] = values
end

local now = now_ms()
local reply, names, times = {'ok'}, {}, {}
for i, values in ipairs(declarations) do
    local schedule = scheduler .. ':schedule:' .. values.name
    local state = redis.call('HMGET', schedule, 'revision', 'origin', 'edited', 'paused_at', 'disabled_at')
    local old = redis.call('HMGET', schedule, unpack(told))
    local declared = {}
    for j, field in ipairs(told) do
        declared[j] = 'declared_' .. field
    end
    declared = redis.call('HMGET', schedule, unpack(declared))
    local isNew, isEdit, edited, changes = not state[1], {}, {}, {}
    local function change(field, value)
        changes[#changes + 1] = field
        changes[#changes + 1] = value
    end
    for field in string.gmatch(state[3] or '', '%S+') do
        isEdit[field] = true
    end
    local isChanged, isMoved = false, isNew
    for j, field in ipairs(told) do
        local value = values[field]
        if declared[j] ~= value then
            change('declared_' .. field, value)
        end
        if old[j] == value then
            isEdit[field] = nil
        elseif not isNew and (isEdit[field] or state[2] ~= 'declared') then
            edited[#edited + 1] = field
        else
            change(field, value)
            isChanged = true
            isMoved = isMoved or field == 'cron' or field == 'zone' or field == 'splay_ms'
        end
    end
    if table.concat(edited, ' ') ~= (state[3] or '') then
        change('edited', table.concat(edited, ' '))
    end
    if state[2] ~= 'declared' then
        change('origin', 'declared')
    end
    if isNew then
        change('created_at', now)
        names[#names + 1] = 0
        names[#names + 1] = values.name
    end
    if #changes > 0 then
        redis.call('HSET', schedule, unpack(changes))
    end
    if isChanged or state[5] then
        redis.call('HINCRBY', schedule, 'revision', 1)
    end
    if state[5] then
        redis.call('HDEL', schedule, 'disabled_at', 'disabled_reason')
    end
    if (isMoved or state[5]) and not state[4] then
        replan(scheduler, values.name, now)
    end
    times[#times + 1] = now
    times[#times + 1] = values.name
    reply[i + 1] = isNew and 'new' or state[5] and 'enabled' or isChanged and 'changed' or 'unchanged'
end
if #names > 0 then
    redis.call('ZADD', scheduler .. ':schedules', unpack(names))
end
if #times > 0 then
    redis.call('ZADD', scheduler .. ':declared', unpack(times))
end
return reply
