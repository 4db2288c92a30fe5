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
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- lease(fields, token, replayed): may the caller write to this job? fields is HMGET job state token ...
--   "ok"       the job runs under the caller's lease
--   "already"  it left running under this very token into one of the states in replayed: the first reply was lost
--   "stale"    the lease is somebody else's, or ran out
--   "gone"     there is no such job
local function lease(fields, token, replayed)
    if not fields[1] then
        return 'gone'
    elseif fields[2] ~= token then
        return 'stale'
    elseif fields[1] == 'running' then
        return 'ok'
    end
    return replayed[fields[1]] and 'already' or 'stale'
end

local queue, id, token = KEYS[1], ARGV[1], ARGV[2]
local max_lines, max_bytes, lost = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local progress, first = ARGV[6], tonumber(ARGV[7])
local job, log = queue .. ':job:' .. id, queue .. ':log:' .. id
local fields = redis.call('HMGET', job, 'state', 'token', 'log_bytes', 'log_cut', 'log_next', 'log_lost')
local word = lease(fields, token, {})
if word ~= 'ok' then
    return {word}
end

local bytes, cut, dropped = tonumber(fields[3]) or 0, tonumber(fields[4]) or 0, tonumber(fields[6]) or 0
local hasMark = cut + dropped > 0
local next_token, next_line = string.match(fields[5] or '', '^(%d+):(%d+)$')
local seen = next_token == token and math.max(0, tonumber(next_line) - first) or 0
local fresh = {}
for i = 8 + seen, #ARGV do
    fresh[#fresh + 1] = ARGV[i]
    bytes = bytes + #ARGV[i]
end
if #fresh == 0 and (lost == 0 or seen > 0) then
    if progress ~= '' then
        redis.call('HSET', job, 'progress', progress)
    end
    return {'ok', redis.call('LLEN', log)}
end

for i = 1, #fresh, 1000 do
    redis.call('RPUSH', log, unpack(fresh, i, math.min(i + 999, #fresh)))
end
local length = redis.call('LLEN', log) - (hasMark and 1 or 0)
if lost > 0 or length > max_lines or bytes > max_bytes then
    if hasMark then
        redis.call('LPOP', log)
    end
    dropped = dropped + lost
    while length > max_lines or (bytes > max_bytes and length > 1) do
        bytes = bytes - #redis.call('LPOP', log)
        length = length - 1
        cut = cut + 1
    end
    redis.call('LPUSH', log, string.format(
        '{"time":%d,"level":"notice","attempt":0,"message":"%d earlier lines cut: a log keeps %d lines and %d bytes"}',
        now_ms(), cut + dropped, max_lines, max_bytes))
end
redis.call('HSET', job, 'log_bytes', bytes, 'log_next', token .. ':' .. (first + #ARGV - 7))
if cut + dropped > 0 then
    redis.call('HSET', job, 'log_cut', cut, 'log_lost', dropped)
end
if progress ~= '' then
    redis.call('HSET', job, 'progress', progress)
end
return {'ok', redis.call('LLEN', log)}
