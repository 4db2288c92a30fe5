#!lua flags=allow-oom
-- redeclare: declared schedules -> the same, still declared
-- A process that declares schedules says so once a minute, and names each with the revision that it was told last,
-- which changes with any of the values. Safe to send twice.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  program    id of the process that declares
-- ARGV[2]  started    when it declared for the first time (ms), as the reply to that told it
-- ARGV[3]  stops      1 when it declares no more from now on, else 0
-- ARGV[4]  two for each schedule, at most 1,000: name, and the revision as it was told last
-- Returns  {"ok", name, ...}  those to declare again: they are missing, disabled or changed; one that an operator
--          removed stays removed
-- Touches  <scheduler>:declared, :programs, :removed, :schedule:<name>; all share the hash tag
-- Cost     O(log N) for each name
-- @include now
-- @include programs
local scheduler, program, started = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local reply, times = {'ok'}, {}
for i = 4, #ARGV, 2 do
    local name, known = ARGV[i], ARGV[i + 1]
    local revision, disabled_at = unpack(redis.call('HMGET', scheduler .. ':schedule:' .. name, 'revision',
        'disabled_at'))
    if revision and not disabled_at then
        times[#times + 1] = now
        times[#times + 1] = name
    end
    if disabled_at or revision ~= known and (revision or not is_removed(scheduler, name, started)) then
        reply[#reply + 1] = name
    end
end
if #times > 0 then
    redis.call('ZADD', scheduler .. ':declared', unpack(times))
end
if ARGV[3] == '1' then
    redis.call('ZREM', scheduler .. ':programs', program)
else
    note_program(scheduler, program, now)
end
return reply
