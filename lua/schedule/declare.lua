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
-- @include now
-- @include fields
-- @include ring
-- @include replan
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
