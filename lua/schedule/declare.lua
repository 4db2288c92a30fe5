#!lua
-- declare: nothing -> a schedule; a schedule -> the same with the values that the code has now
-- Fields that an operator edited stay edited, and a pause stays. A disabled schedule is enabled. A schedule that an
-- operator made becomes the code's, and its values that differ from the declared ones become edits. Where living
-- programs declare a schedule differently, the one that started last holds, and the other one is noted. A schedule that
-- an operator removed comes back only with a program that started since. All are checked before the first is written.
-- Safe to send twice: the second call changes nothing. Redis refuses the call when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  program    id of the process that declares
-- ARGV[2]  started    when it declared for the first time (ms), as the reply to that told it; "" the first time
-- ARGV[3]  a JSON object of texts for each schedule, at most 500: name, cron, zone, type, payload, queue, object,
--          options, splay_ms, catch_up, overlap
-- Returns  {"ok", started, word, revision, ...}  for each new, changed, enabled or unchanged; other, when a program
--          that started later holds; removed, then with the revision ""
--          {"invalid", field, value, what would be right}
-- Touches  <scheduler>:schedule:<name>, :schedules, :declared, :programs, :removed, :due, :sequence, :news; all share
--          the hash tag
-- Cost     O(log N) for each schedule
-- @include now
-- @include schedule_fields
-- @include ring
-- @include take_numbers
-- @include revise
-- @include replan
-- @include programs
local scheduler, program, started = KEYS[1], ARGV[1], tonumber(ARGV[2])
local declarations = {}
for i = 3, #ARGV do
    local ok, values = pcall(cjson.decode, ARGV[i])
    if not ok or type(values) ~= 'table' then
        return {'invalid', 'schedule', string.sub(ARGV[i], 1, 128), 'a JSON object'}
    end
    local wrong = first_fault(values.name, values)
    if wrong then
        local field, value, right = unpack(wrong)
        return {'invalid', field, string.sub(tostring(value), 1, 128), right}
    end
    declarations[#declarations + 1] = values
end

local now = now_ms()
local is_first = not started
started = started or now
local declared_fields = {}
for i, field in ipairs(schedule_fields) do
    declared_fields[i] = 'declared_' .. field
end

-- declare(values, schedule, declared, keeps_holder): writes what a declaration changes, and returns the word for it.
-- With keeps_holder the schedule still counts as declared by the program that is noted.
local function declare(values, schedule, declared, keeps_holder)
    local revision, origin, edited_text, paused_at, disabled_at, holder, disputed_by = unpack(redis.call('HMGET',
        schedule, 'revision', 'origin', 'edited', 'paused_at', 'disabled_at', 'declared_by', 'disputed_by'))
    local old = redis.call('HMGET', schedule, unpack(schedule_fields))
    local changes, is_edit, edited = {}, {}, {}
    for field in string.gmatch(edited_text or '', '%S+') do
        is_edit[field] = true
    end
    local is_new, is_changed, is_moved, keeps_times = not revision, not revision, not revision, revision ~= false
    local function change(field, value)
        changes[#changes + 1] = field
        changes[#changes + 1] = value
    end
    for i, field in ipairs(schedule_fields) do
        local value = values[field]
        if declared[i] ~= value then
            change('declared_' .. field, value)
        end
        if old[i] ~= value and not is_new and (is_edit[field] or origin ~= 'declared') then
            edited[#edited + 1] = field
        elseif old[i] ~= value then
            change(field, value)
            is_changed = true
            is_moved = is_moved or field == 'cron' or field == 'zone' or field == 'splay_ms'
            keeps_times = keeps_times and field ~= 'cron' and field ~= 'zone'
        end
    end
    if table.concat(edited, ' ') ~= (edited_text or '') then
        change('edited', table.concat(edited, ' '))
    end
    if origin ~= 'declared' then
        change('origin', 'declared')
    end
    if is_new then
        change('created_at', now)
        redis.call('ZADD', scheduler .. ':schedules', 0, values.name)
        redis.call('ZREM', scheduler .. ':removed', values.name)
    end
    if #changes > 0 or disabled_at then
        change('revision', next_revision(scheduler, now))
    end
    if holder ~= program and not keeps_holder then
        change('declared_by', program)
        change('declared_since', started)
    end
    -- The schedule is due before it is whole: nobody would look at one that is whole and not due.
    if (is_moved or disabled_at) and not paused_at then
        replan(scheduler, values.name, now, keeps_times and not disabled_at)
    end
    if #changes > 0 then
        redis.call('HSET', schedule, unpack(changes))
    end
    if disabled_at then
        redis.call('HDEL', schedule, 'disabled_at', 'disabled_reason')
    end
    if disputed_by and (disputed_by == program or not is_living(scheduler, disputed_by, now)) then
        redis.call('HDEL', schedule, 'disputed_by', 'disputed_at')
    end
    return is_new and 'new' or disabled_at and 'enabled' or is_changed and 'changed' or 'unchanged'
end

note_program(scheduler, program, now)
local reply, times = {'ok', started}, {}
for _, values in ipairs(declarations) do
    local schedule = scheduler .. ':schedule:' .. values.name
    local holder, since, revision = unpack(redis.call('HMGET', schedule, 'declared_by', 'declared_since', 'revision'))
    local declared = redis.call('HMGET', schedule, unpack(declared_fields))
    local is_same = true
    for i, field in ipairs(schedule_fields) do
        is_same = is_same and declared[i] == values[field]
    end
    local is_later = holder and holder ~= program and (tonumber(since) or 0) > started
        and is_living(scheduler, holder, now)
    local word
    if not revision and not is_first and is_removed(scheduler, values.name, started) then
        word = 'removed'
    elseif is_later and not is_same then
        word = 'other'
        redis.call('HSET', schedule, 'disputed_by', program, 'disputed_at', now)
    else
        word = declare(values, schedule, declared, is_later)
    end
    if word ~= 'removed' then
        times[#times + 1] = now
        times[#times + 1] = values.name
    end
    reply[#reply + 1] = word
    reply[#reply + 1] = redis.call('HGET', schedule, 'revision') or ''
end
if #times > 0 then
    redis.call('ZADD', scheduler .. ':declared', unpack(times))
end
return reply
