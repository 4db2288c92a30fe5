#!lua
-- schedule_set: nothing -> a schedule; a schedule -> the same with other values
-- Writes the values that an operator gives. On a declared schedule, a value that differs from the declared one is an
-- edit, which stands until the declared value is set again. When the times change, the next slot is worked out anew
-- from now. A slot that has come and is not decided yet stays the next one, and no slot that was decided comes again.
-- Safe to send twice: the second call finds another revision. Redis refuses the call when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the values were read from; "" for a new one
-- ARGV[3]  all values, a JSON object of texts: cron, zone, type, payload, queue, object, options, splay_ms, catch_up,
--          overlap
-- Returns  {"ok", revision}, {"changed"} (another revision, or there is one already) or {"gone"}
--          {"invalid", field, value, what would be right}
-- Touches  <scheduler>:schedule:<name>, :schedules, :removed, :due, :sequence, :news; all share the hash tag
-- Cost     O(log N)
-- @include now
-- @include schedule_fields
-- @include ring
-- @include take_numbers
-- @include revise
-- @include replan
local scheduler, name, revision = KEYS[1], ARGV[1], ARGV[2]
local ok, values = pcall(cjson.decode, ARGV[3])
if not ok or type(values) ~= 'table' then
    return {'invalid', 'values', string.sub(ARGV[3], 1, 128), 'a JSON object'}
end
local wrong = first_fault(name, values)
if wrong then
    local field, value, right = unpack(wrong)
    return {'invalid', field, string.sub(value, 1, 128), right}
end
local schedule = scheduler .. ':schedule:' .. name
local known, origin, cron, zone, splay_ms, paused_at, disabled_at = unpack(redis.call('HMGET', schedule, 'revision',
    'origin', 'cron', 'zone', 'splay_ms', 'paused_at', 'disabled_at'))
if revision ~= '' and not known then
    return {'gone'}
elseif (known or '') ~= revision then
    return {'changed'}
end

local now = now_ms()
local changes = {}
local function change(field, value)
    changes[#changes + 1] = field
    changes[#changes + 1] = value
end
for _, field in ipairs(schedule_fields) do
    change(field, values[field])
end
if origin == 'declared' then
    local edited = {}
    for _, field in ipairs(schedule_fields) do
        if redis.call('HGET', schedule, 'declared_' .. field) ~= values[field] then
            edited[#edited + 1] = field
        end
    end
    change('edited', table.concat(edited, ' '))
elseif not known then
    change('origin', 'set')
    change('created_at', now)
    redis.call('ZADD', scheduler .. ':schedules', 0, name)
    redis.call('ZREM', scheduler .. ':removed', name)
end
-- The schedule is due before it is whole: nobody would look at one that is whole and not due.
local keeps_times = cron == values.cron and zone == values.zone
if not (keeps_times and splay_ms == values.splay_ms) and not paused_at and not disabled_at then
    replan(scheduler, name, now, keeps_times)
end
local new_revision = next_revision(scheduler, now)
change('revision', new_revision)
redis.call('HSET', schedule, unpack(changes))
return {'ok', tonumber(new_revision)}
