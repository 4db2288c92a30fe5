#!lua flags=allow-oom
-- release: running -> waiting | cancelled, the attempt given back
-- A worker that stops hands back the jobs that it could not finish. A job keeps its place by the time it was enqueued.
-- A job whose cancel was requested is cancelled. Safe to send twice; a stale token changes nothing.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  three for each job, at most 1,000 jobs: id, token, attempt (how it ended, a JSON object)
-- Returns  {"ok", word, ...}  for each job the state it is in now, or already, stale, gone
-- Touches  <queue>:job:<id>, :attempts:<id>, :running, :waiting, :scheduled, :wake, and as finish does where a job
--          ends; all share the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include whole
-- @include ring
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include lease
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include note_attempt
-- @include acquit
-- @include give_back
local queue_key = KEYS[1]
local replayed = {waiting = true, cancelled = true}
local reply, endings, rings = {'ok'}, {}, false
local now = now_ms()
for i = 1, #ARGV, 3 do
    local id, own_token, ended = unpack(ARGV, i, i + 2)
    local state, token = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'state', 'token'), 1, 2)
    local word = lease(state, token, own_token, replayed)
    if word == 'ok' then
        word = give_back(queue_key, id, now, ended, endings)
        rings = rings or word == 'waiting'
    end
    reply[#reply + 1] = word
end
settle(queue_key, 'running', now, endings)
if rings then
    ring(queue_key .. ':wake')
end
return reply
