#!lua flags=allow-oom
-- archive_lease: nobody -> the archiver, for one lease; the archiver -> the archiver, for another
-- One archiver at a time moves finished jobs, so that none is written into two archives. Whoever asks first when no
-- lease runs has it; a lease that would end later than it may, because Redis's clock was set back, has ended. What the
-- holder says of itself stays beside it and has no end: from then on finished jobs wait for the archive, and are not
-- pruned by age. Safe to send twice: the second call renews.
-- KEYS[1]  archiver  "martlet:archiver"
-- ARGV[1]  holder    id of the asking process
-- ARGV[2]  lease_ms  how long it holds unless it asks again; 0 gives it up
-- ARGV[3]  two for each field that it says of itself: name, value; "" takes the field away
-- Returns  {"held", Redis's time in ms} or {"taken", holder, left_ms}
-- Touches  nothing else
-- Cost     O(fields)
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local archiver, holder, lease_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local held = redis.call('HMGET', archiver, 'holder', 'expires_at', 'lease_ms')
local left = (tonumber(held[2]) or 0) - now
if held[1] and held[1] ~= holder and left > 0 and left <= (tonumber(held[3]) or 0) then
    return {'taken', held[1], left}
end

redis.call('HSET', archiver, 'holder', holder, 'expires_at', now + lease_ms, 'lease_ms', lease_ms, 'seen_at', now)
for i = 3, #ARGV, 2 do
    if ARGV[i + 1] == '' then
        redis.call('HDEL', archiver, ARGV[i])
    else
        redis.call('HSET', archiver, ARGV[i], ARGV[i + 1])
    end
end
return {'held', now}
