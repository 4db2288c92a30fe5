#!lua flags=allow-oom
-- schedule_pause: enabled -> paused
-- The schedule fires no slot until it is resumed; a declaration does not resume it. A slot that has come and is not
-- decided yet is noted as skipped. Safe to send twice: the second call finds it paused.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- Returns  {"ok"}, {"already"} or {"gone"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :due, :sequence; all share the hash tag
-- Cost     O(log N)
-- @include now
-- @include note_slot
-- @include take_numbers
-- @include revise
-- @include drop_slot
local scheduler, name = KEYS[1], ARGV[1]
local schedule = scheduler .. ':schedule:' .. name
local revision, paused_at = unpack(redis.call('HMGET', schedule, 'revision', 'paused_at'))
if not revision then
    return {'gone'}
end

local now = now_ms()
if paused_at then
    -- Redis may have broken the first call off before this.
    drop_slot(scheduler, name, now, 'paused')
    return {'already'}
end
redis.call('HSET', schedule, 'paused_at', now, 'revision', next_revision(scheduler, now))
drop_slot(scheduler, name, now, 'paused')
return {'ok'}
