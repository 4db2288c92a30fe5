#!lua flags=allow-oom
-- extend: running -> running, the lease prolonged
-- All leases that a worker holds in a queue, in one call. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue     root of the queue's keys
-- ARGV[1]  lease_ms  from now
-- ARGV[2]  two for each job: id, token
-- Returns  {"ok", word, ...}  for each job ok, cancel (extended, and somebody asked to cancel it), stale or gone
-- Touches  <queue>:job:<id>, :running; both share the queue's hash tag
-- Cost     O(log N) for each job
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

local queue = KEYS[1]
local expiry = now_ms() + tonumber(ARGV[1])
local reply = {'ok'}
for i = 2, #ARGV, 2 do
    local fields = redis.call('HMGET', queue .. ':job:' .. ARGV[i], 'state', 'token', 'cancel_requested_at')
    local word = lease(fields, ARGV[i + 1], {})
    if word == 'ok' then
        redis.call('ZADD', queue .. ':running', expiry, ARGV[i])
        word = fields[3] and 'cancel' or 'ok'
    end
    reply[#reply + 1] = word
end
return reply
