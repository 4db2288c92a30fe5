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
