#!lua flags=allow-oom
-- undeclare: declared -> disabled, for schedules that no program declares any more
-- The leader has watched them for long enough. Nothing is deleted: with the next declaration they go on. Safe to send
-- twice: the second call finds them no longer among the declared.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  worker     id of the leader
-- ARGV[2]  term       under which it leads
-- ARGV[3]  two for each schedule: name, and when it was last declared (ms), as it was read
-- Returns  {"ok", name, ...}  those that are disabled now, or {"deposed"}
-- Touches  <scheduler>:leader, :declared, :due, :schedule:<name>; all share the hash tag
-- Cost     O(log N) for each schedule
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- leads(root, worker, term): whether the worker is the leader of this very term.
local function leads(root, worker, term)
    local fields = redis.call('HMGET', root .. ':leader', 'worker', 'term')
    return fields[1] == worker and fields[2] == term
end

local scheduler, worker, term = KEYS[1], ARGV[1], ARGV[2]
local declared = scheduler .. ':declared'
if not leads(scheduler, worker, term) then
    return {'deposed'}
end

local now = now_ms()
local reply = {'ok'}
for i = 3, #ARGV, 2 do
    local name = ARGV[i]
    local time = redis.call('ZSCORE', declared, name)
    if time and tonumber(time) == tonumber(ARGV[i + 1]) then
        redis.call('ZREM', declared, name)
        redis.call('ZREM', scheduler .. ':due', name)
        local schedule = scheduler .. ':schedule:' .. name
        if redis.call('EXISTS', schedule) == 1 then
            redis.call('HSET', schedule, 'disabled_at', now, 'disabled_reason',
                string.format('undeclared since %d', tonumber(time)))
            redis.call('HDEL', schedule, 'slot')
            redis.call('HINCRBY', schedule, 'revision', 1)
            reply[#reply + 1] = name
        end
    end
end
return reply
