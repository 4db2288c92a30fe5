#!lua flags=allow-oom
-- log: running -> running, lines appended to the job's log, its progress noted
-- A stale token is refused. Safe to send twice: the lines of a lease are numbered, and those that are there already are
-- passed over. The log is capped: the oldest lines go, and the first line then says how many went.
-- KEYS[1]  queue      root of the queue's keys
-- ARGV[1]  id
-- ARGV[2]  token      of the caller's lease
-- ARGV[3]  max_lines  lines that the log may have
-- ARGV[4]  max_bytes  bytes that the log may have
-- ARGV[5]  lost       lines that the worker itself had to drop before these
-- ARGV[6]  progress   JSON, or "" when there is none to note
-- ARGV[7]  first      number of the first line of this call within the lease, from 0
-- ARGV[8]  lines, each a JSON object
-- Returns  {"ok", lines in the log}, {"stale"} or {"gone"}
-- Touches  <queue>:job:<id>, :log:<id>; both share the queue's hash tag
-- Cost     O(lines appended + lines cut)
-- @include now
-- @include whole
-- @include lease
local queue_key, id, own_token = KEYS[1], ARGV[1], ARGV[2]
local max_lines, max_bytes, lost = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local progress, first = ARGV[6], tonumber(ARGV[7])
local job_key, log_key = queue_key .. ':job:' .. id, queue_key .. ':log:' .. id
local state, token, log_bytes, log_cut, log_next, log_lost = unpack(redis.call('HMGET', job_key, 'state', 'token',
    'log_bytes', 'log_cut', 'log_next', 'log_lost'), 1, 6)
local word = lease(state, token, own_token, {})
if word ~= 'ok' then
    return {word}
end

local bytes, cut, dropped = whole(log_bytes) or 0, whole(log_cut) or 0, whole(log_lost) or 0
local has_mark = cut + dropped > 0
local next_token, next_line = string.match(log_next or '', '^(%d+):(%d+)$')
local seen = next_token == own_token and math.max(0, tonumber(next_line) - first) or 0
-- When lines of this call were taken before, the lost lines that it tells of were counted with them.
if seen > 0 then
    lost = 0
end
local fresh = {}
for i = 8 + seen, #ARGV do
    fresh[#fresh + 1] = ARGV[i]
    bytes = bytes + #ARGV[i]
end
if #fresh == 0 and lost == 0 then
    if progress ~= '' then
        redis.call('HSET', job_key, 'progress', progress)
    end
    return {'ok', redis.call('LLEN', log_key)}
end

for i = 1, #fresh, 1000 do
    redis.call('RPUSH', log_key, unpack(fresh, i, math.min(i + 999, #fresh)))
end
local length = redis.call('LLEN', log_key) - (has_mark and 1 or 0)
if lost > 0 or length > max_lines or bytes > max_bytes then
    if has_mark then
        redis.call('LPOP', log_key)
    end
    dropped = dropped + lost
    while length > max_lines or (bytes > max_bytes and length > 1) do
        bytes = math.max(0, bytes - #(redis.call('LPOP', log_key) or ''))
        length = length - 1
        cut = cut + 1
    end
    redis.call('LPUSH', log_key, string.format(
        '{"time":%d,"level":"notice","attempt":0,"message":"%d earlier lines cut: a log keeps %d lines and %d bytes"}',
        now_ms(), cut + dropped, max_lines, max_bytes))
end
redis.call('HSET', job_key, 'log_bytes', string.format('%d', bytes), 'log_next',
    own_token .. ':' .. string.format('%d', first + #ARGV - 7))
if cut + dropped > 0 then
    redis.call('HSET', job_key, 'log_cut', string.format('%d', cut), 'log_lost', string.format('%d', dropped))
end
if progress ~= '' then
    redis.call('HSET', job_key, 'progress', progress)
end
return {'ok', redis.call('LLEN', log_key)}
