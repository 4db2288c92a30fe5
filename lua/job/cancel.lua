#!lua flags=allow-oom
-- cancel: scheduled | waiting -> cancelled; running: the request is noted for its worker
-- A running job ends in cancelled when its worker stopped it, or when it would otherwise be tried again; one that
-- succeeds before it hears of it has succeeded. Safe to send twice. A finished job stays as it is.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- Returns  {"ok", "cancelled"}, {"requested", worker that runs it}, {"finished", state} or {"gone"}
-- Touches  <queue>:job:<id>, :scheduled, :waiting, :unknown, :suspects, :cancelled, :expiring, :object:<object>,
--          :fired:<schedule>, :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N)
-- @include now
-- @include erase
-- @include tally
-- @include settle
-- @include acquit
local queue, id = KEYS[1], ARGV[1]
local job = queue .. ':job:' .. id
local fields = redis.call('HMGET', job, 'state', 'worker', 'type', 'retention_ms', 'object', 'suspect')
local state = fields[1]
if not state then
    return {'gone'}
elseif state ~= 'scheduled' and state ~= 'waiting' and state ~= 'running' then
    return {'finished', state}
end

local now = now_ms()
if state == 'running' then
    redis.call('HSETNX', job, 'cancel_requested_at', now)
    return {'requested', fields[2]}
end
if redis.call('ZREM', queue .. ':unknown', (fields[3] or '') .. ' ' .. id) == 1 then
    redis.call('HDEL', job, 'reason')
end
if redis.call('ZREM', queue .. ':suspects', id) == 1 then
    redis.call('HDEL', job, 'reason')
    acquit(queue, id, fields[6])
end
settle(queue, state, now, {{id, 'cancelled', false, fields[4], fields[5]}})
return {'ok', 'cancelled'}
