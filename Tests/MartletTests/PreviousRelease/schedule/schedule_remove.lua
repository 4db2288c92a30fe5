#!lua flags=allow-oom
-- schedule_remove: a schedule -> nothing
-- Its ledger goes with it; jobs of it that are on their way or in a queue stay. Where a program declares it, it comes
-- back at that one's next start. Safe to send twice: the second call finds nothing.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- Returns  {"ok"} or {"gone"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :schedules, :declared, :due; all share the hash tag
-- Cost     O(log N)
local scheduler, name = KEYS[1], ARGV[1]
local count = redis.call('UNLINK', scheduler .. ':schedule:' .. name, scheduler .. ':slots:' .. name)
for _, set in ipairs({'schedules', 'declared', 'due'}) do
    count = count + redis.call('ZREM', scheduler .. ':' .. set, name)
end
return {count > 0 and 'ok' or 'gone'}
