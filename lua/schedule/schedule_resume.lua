#!lua
-- schedule_resume: paused or disabled -> enabled, with a job of it in the outbox
-- It fires at once and then goes on by its cron, from now. One that was disabled because nobody declared it any more
-- goes on without that. Safe to send twice: the second call finds the job in the ledger. Refused by Redis when memory
-- is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the draft was made from
-- ARGV[3]  job        the job's full id
-- ARGV[4]  draft      the job, a JSON object: queue, id, type, payload, options
-- Returns  {"ok"}, {"already"}, {"enabled"} (it was neither), {"changed"} (another revision), {"gone"} or {"full"}
-- Touches  <scheduler>:schedule:<name>, :due, :slots:<name>, :pending, :sequence, :news; all share the hash tag
-- Cost     O(log N)
-- @include now
-- @include ring
-- @include ledger
-- @include post
-- @include open
-- @include manual
-- @include replan
local scheduler, name, revision, job, draft = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local schedule = scheduler .. ':schedule:' .. name
local fields = redis.call('HMGET', schedule, unpack(manual_fields))
local word = manual_word(scheduler, name, fields, revision, job)
if word == 'ok' and not fields[4] and not fields[5] then
    word = 'enabled'
end
if word ~= 'ok' then
    return {word}
end

local now = now_ms()
redis.call('HDEL', schedule, 'paused_at', 'disabled_at', 'disabled_reason')
redis.call('HINCRBY', schedule, 'revision', 1)
replan(scheduler, name, now)
manual(scheduler, name, fields, now, 'resumed', job, draft)
return {'ok'}
