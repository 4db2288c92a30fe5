#!lua flags=allow-oom
-- schedule_remove: a schedule -> nothing
-- Its ledger goes with it; jobs of it that are on their way or in a queue stay. Where a program declares it, it comes
-- back at that one's next start, and not before: that it was removed is kept for the last 1,000. Safe to send twice:
-- the second call finds nothing.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- Returns  {"ok"} or {"gone"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :schedules, :declared, :due, :removed; all share the hash tag
-- Cost     O(log N)
-- @include now
local scheduler, name = KEYS[1], ARGV[1]
local schedule = scheduler .. ':schedule:' .. name
if redis.call('HGET', schedule, 'origin') == 'declared' then
    local removed = scheduler .. ':removed'
    redis.call('ZADD', removed, now_ms(), name)
    redis.call('ZREMRANGEBYRANK', removed, 0, -1001)
end
local count = redis.call('UNLINK', schedule, scheduler .. ':slots:' .. name)
for _, set in ipairs({'schedules', 'declared', 'due'}) do
    count = count + redis.call('ZREM', scheduler .. ':' .. set, name)
end
return {count > 0 and 'ok' or 'gone'}
