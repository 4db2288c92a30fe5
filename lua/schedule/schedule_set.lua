#!lua
-- schedule_set: nothing -> a schedule; a schedule -> the same with other values
-- What an operator says. On a declared one, a value that differs from the declaration's is an edit, which stands until
-- it is given back the declared value. With other times the next slot is worked out anew, from now. Safe to send twice:
-- the second call finds another revision. Refused by Redis when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the values were read from; "" for a new one
-- ARGV[3]  all values, a JSON object of texts: cron, zone, type, payload, queue, object, options, splay_ms, catch_up,
--          overlap
-- Returns  {"ok", revision}, {"changed"} (another revision, or there is one already) or {"gone"}
--          {"invalid", field, value, what would be right}
-- Touches  <scheduler>:schedule:<name>, :schedules, :due, :news; all share the hash tag
-- Cost     O(log N)
-- @include now
-- @include fields
-- @include ring
-- @include replan
local scheduler, name, revision = KEYS[1], ARGV[1], ARGV[2]
local ok, values = pcall(cjson.decode, ARGV[3])
if not ok or type(values) ~= 'table' then
    return {'invalid', 'values', string.sub(ARGV[3], 1, 128), 'a JSON object'}
end
local wrong = fault(name, values)
if wrong then
    return {'invalid', wrong[1], string.sub(wrong[2], 1, 128), wrong[3]}
end
local schedule = scheduler .. ':schedule:' .. name
local old = redis.call('HMGET', schedule, 'revision', 'origin', 'cron', 'zone', 'splay_ms', 'paused_at', 'disabled_at')
if revision ~= '' and not old[1] then
    return {'gone'}
elseif (old[1] or '') ~= revision then
    return {'changed'}
end

local now = now_ms()
local changes = {}
for _, field in ipairs(told) do
    changes[#changes + 1] = field
    changes[#changes + 1] = values[field]
end
if old[2] == 'declared' then
    local edited = {}
    for _, field in ipairs(told) do
        if redis.call('HGET', schedule, 'declared_' .. field) ~= values[field] then
            edited[#edited + 1] = field
        end
    end
    changes[#changes + 1] = 'edited'
    changes[#changes + 1] = table.concat(edited, ' ')
elseif not old[1] then
    for _, value in ipairs({'origin', 'set', 'created_at', now}) do
        changes[#changes + 1] = value
    end
    redis.call('ZADD', scheduler .. ':schedules', 0, name)
end
redis.call('HSET', schedule, unpack(changes))
local isMoved = old[3] ~= values.cron or old[4] ~= values.zone or old[5] ~= values.splay_ms
if isMoved and not old[6] and not old[7] then
    replan(scheduler, name, now)
end
return {'ok', redis.call('HINCRBY', schedule, 'revision', 1)}
