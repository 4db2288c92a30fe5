#!lua flags=no-writes
-- due: nothing changes
-- Tells the leader which schedules are due now, and when to look again. Reads only, so it may be sent at any time.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  limit      how many schedules, 1 to 500
-- Returns  {"ok", now, next_ms, pending, schedule, ...}
--            next_ms   time until the next one is due; 0 when some are; -1 when there is none at all
--            pending   jobs that wait in the pending list
--            schedule  {name, revision, slot, since, last_slot, open}; the leader plans one without a slot; one without
--                      a revision does not exist
-- Touches  <scheduler>:due, :pending, :schedule:<name>; all share the hash tag
-- Cost     O(log N) for each schedule that is due
-- @include now
local scheduler, limit = KEYS[1], tonumber(ARGV[1])
local now = now_ms()
local due = scheduler .. ':due'
local pending = redis.call('LLEN', scheduler .. ':pending')
local first, first_due = unpack(redis.call('ZRANGE', due, 0, 0, 'WITHSCORES'))
if not first then
    return {'ok', now, -1, pending}
end
local next_ms = math.max(0, tonumber(first_due) - now)
local reply = {'ok', now, next_ms, pending}
if next_ms > 0 then
    return reply
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)) do
    local fields = redis.call('HMGET', scheduler .. ':schedule:' .. name, 'revision', 'slot', 'since', 'last_slot',
        'open')
    reply[#reply + 1] = {name, unpack(fields)}
end
return reply
