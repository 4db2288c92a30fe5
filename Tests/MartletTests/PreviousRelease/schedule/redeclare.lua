#!lua flags=allow-oom
-- redeclare: declared schedules -> the same, still declared
-- A process that declares schedules says so once a minute. Safe to send twice.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  names, at most 1,000
-- Returns  {"ok", name, ...}  those that have been disabled meanwhile and are to be declared anew; one that an operator
--          removed stays so
-- Touches  <scheduler>:declared, :schedule:<name>; all share the hash tag
-- Cost     O(log N) for each name
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local scheduler = KEYS[1]
local declared = scheduler .. ':declared'
local reply, times = {'ok'}, {}
local now = now_ms()
for i, time in ipairs(redis.call('ZMSCORE', declared, unpack(ARGV))) do
    if time then
        times[#times + 1] = now
        times[#times + 1] = ARGV[i]
    elseif redis.call('EXISTS', scheduler .. ':schedule:' .. ARGV[i]) == 1 then
        reply[#reply + 1] = ARGV[i]
    end
end
if #times > 0 then
    redis.call('ZADD', declared, unpack(times))
end
return reply
