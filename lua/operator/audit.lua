#!lua flags=allow-oom
-- audit: notes what an operator does
-- An entry is written before the first change, and once more, with the outcome, after the last; the second replaces the
-- first. Safe to send twice.
-- KEYS[1]  audit  the list of entries, the newest first, "martlet:audit"
-- ARGV[1]  id     of the entry, [a-z0-9]+
-- ARGV[2]  entry  a JSON object of at least one field
-- ARGV[3]  most   entries that are kept
-- Returns  {"ok", when it was noted first, in ms}
-- Touches  nothing else
-- Cost     O(entries kept)
-- @include now
local audit_key, id, entry, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()
local head = string.format('{"id":"%s","time":', id)
for i, old in ipairs(redis.call('LRANGE', audit_key, 0, most - 1)) do
    if string.sub(old, 1, #head) == head then
        local time = string.match(old, '^%d+', #head + 1)
        local new = string.format('%s%s,"changed_at":%d,', head, time, now) .. string.sub(entry, 2)
        redis.call('LSET', audit_key, i - 1, new)
        return {'ok', tonumber(time)}
    end
end
redis.call('LPUSH', audit_key, string.format('%s%d,', head, now) .. string.sub(entry, 2))
redis.call('LTRIM', audit_key, 0, most - 1)
return {'ok', now}
