#!lua flags=allow-oom
-- undeclare: declared -> disabled, for schedules that no program declares any more
-- The leader has watched them for long enough. Nothing is deleted: they go on with the next declaration. A slot that
-- has come and is not decided yet is noted as skipped. Safe to send twice: the second call finds that they are not
-- declared.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader
-- ARGV[2]  term       under which it leads
-- ARGV[3]  two for each schedule: name, and when it was last declared (ms), as it was read
-- Returns  {"ok", name, ...}  those that are disabled now, or {"deposed"}
-- Touches  <scheduler>:leader, :declared, :due, :schedule:<name>, :slots:<name>, :sequence; all share the hash tag
-- Cost     O(log N) for each schedule
-- @include now
-- @include leads
-- @include note_slot
-- @include take_numbers
-- @include revise
-- @include drop_slot
local scheduler, worker, term = KEYS[1], ARGV[1], ARGV[2]
local declared = scheduler .. ':declared'
if not leads(scheduler, worker, term) then
    return {'deposed'}
end

local now = now_ms()
local reply = {'ok'}
for i = 3, #ARGV, 2 do
    local name, seen_at = ARGV[i], tonumber(ARGV[i + 1])
    local declared_at = tonumber(redis.call('ZSCORE', declared, name))
    if declared_at and declared_at == seen_at then
        local schedule = scheduler .. ':schedule:' .. name
        if redis.call('EXISTS', schedule) == 1 then
            redis.call('HSET', schedule, 'disabled_at', now, 'disabled_reason',
                string.format('undeclared since %d', declared_at), 'revision', next_revision(scheduler, now))
            drop_slot(scheduler, name, now, 'no program declares it')
            reply[#reply + 1] = name
        else
            redis.call('ZREM', scheduler .. ':due', name)
        end
        redis.call('ZREM', declared, name)
    end
end
return reply
