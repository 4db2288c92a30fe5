#!lua flags=allow-oom
-- release: running -> waiting, the attempt given back
-- A worker that stops hands back what it could not finish; the job keeps its place by the time it was enqueued. One
-- whose cancel was asked for is cancelled. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  three for each job, at most 1,000 jobs: id, token, attempt (how it ended, a JSON object)
-- Returns  {"ok", word, ...}  for each job the state it is in now, or already, stale, gone
-- Touches  <queue>:job:<id>, :attempts:<id>, :running, :waiting, :wake, and as finish does where a job ends; all share
--          the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include ring
-- @include wait
-- @include lease
-- @include erase
-- @include tally
-- @include settle
-- @include attempt
-- @include acquit
local queue = KEYS[1]
local replayed = {waiting = true, cancelled = true}
local reply, endings, rings = {'ok'}, {}, false
local now = now_ms()
for i = 1, #ARGV, 3 do
    local id = ARGV[i]
    local job = queue .. ':job:' .. id
    local fields = redis.call('HMGET', job, 'state', 'token', 'cancel_requested_at', 'retention_ms', 'object',
        'attempt', 'priority', 'enqueued_at', 'suspect')
    local word = lease(fields, ARGV[i + 1], replayed)
    if word == 'ok' then
        note_attempt(queue, id, now, ARGV[i + 2])
        acquit(queue, id, fields[9])
    end
    if word == 'ok' and fields[3] then
        word = 'cancelled'
        endings[#endings + 1] = {id, word, false, fields[4], fields[5]}
    elseif word == 'ok' then
        word = 'waiting'
        redis.call('HSET', job, 'state', word, 'attempt', math.max((tonumber(fields[6]) or 0) - 1, 0))
        redis.call('ZREM', queue .. ':running', id)
        wait(queue, id, fields[7], tonumber(fields[8]) or now)
        rings = true
    end
    reply[#reply + 1] = word
end
settle(queue, 'running', now, endings)
if rings then
    ring(queue .. ':wake')
end
return reply
