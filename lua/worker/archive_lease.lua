#!lua flags=allow-oom
-- archive_lease: nobody -> the archiver, for one lease; the archiver -> the archiver, for another
-- One archiver at a time moves finished jobs, so that none is written into two archives. The process that asks first
-- when no lease runs gets it; a lease that would end later than it may, because Redis's clock was set back, counts as
-- ended. What the holder says of itself stays in the hash for good: from then on finished jobs wait for the archive and
-- are not pruned by age. Safe to send twice: the second call renews the lease.
-- KEYS[1]  archiver  "martlet:archiver"
-- ARGV[1]  holder    id of the asking process
-- ARGV[2]  lease_ms  how long it holds unless it asks again; 0 gives it up
-- ARGV[3]  two for each field that it says of itself: name, value; "" takes the field away
-- Returns  {"held", Redis's time in ms} or {"taken", holder, left_ms}
-- Touches  nothing else
-- Cost     O(fields)
-- @include now
-- @include whole
local archiver_key, holder, lease_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local old_holder, expires_at, old_lease_ms = unpack(redis.call('HMGET', archiver_key, 'holder', 'expires_at',
    'lease_ms'), 1, 3)
local left = (whole(expires_at) or 0) - now
if old_holder and old_holder ~= holder and left > 0 and left <= (whole(old_lease_ms) or 0) then
    return {'taken', old_holder, left}
end

redis.call('HSET', archiver_key, 'holder', holder, 'expires_at', now + lease_ms, 'lease_ms', lease_ms, 'seen_at', now)
for i = 3, #ARGV, 2 do
    local field, value = ARGV[i], ARGV[i + 1]
    if value == '' then
        redis.call('HDEL', archiver_key, field)
    else
        redis.call('HSET', archiver_key, field, value)
    end
end
return {'held', now}
