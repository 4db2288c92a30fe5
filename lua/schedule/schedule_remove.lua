#!lua flags=allow-oom
-- schedule_remove: a schedule -> nothing
-- Its ledger is removed too; jobs of it that are pending or in a queue stay. A schedule that a program declares comes
-- back at that program's next start and not before: the last 1,000 removals of such schedules are remembered. Safe to
-- send twice: the second call finds nothing.
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
