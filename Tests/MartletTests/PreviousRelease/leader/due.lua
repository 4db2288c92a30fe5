#!lua flags=no-writes
-- due: nothing changes
-- What the leader has to do now, and when to look again. Reads only, so it may be sent at any time.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  limit      how many schedules, 1 to 500
-- Returns  {"ok", now, next_ms, pending, schedule, ...}
--            next_ms   until the next one is due; 0 when some are; -1 when there is none at all
--            pending   drafts that wait in the outbox
--            schedule  {name, revision, slot, since, last_slot, open}; without a slot it is to be
--                      planned; without a revision there is no such schedule
-- Touches  <scheduler>:due, :pending, :schedule:<name>; all share the hash tag
-- Cost     O(log N) for each schedule that is due
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local scheduler, limit = KEYS[1], tonumber(ARGV[1])
local now = now_ms()
local due = scheduler .. ':due'
local reply = {'ok', now, -1, redis.call('LLEN', scheduler .. ':pending')}
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
if not first[1] then
    return reply
elseif tonumber(first[2]) > now then
    reply[3] = tonumber(first[2]) - now
    return reply
end
reply[3] = 0
for _, name in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)) do
    local fields = redis.call('HMGET', scheduler .. ':schedule:' .. name, 'revision', 'slot', 'since', 'last_slot',
        'open')
    reply[#reply + 1] = {name, unpack(fields, 1, 5)}
end
return reply
