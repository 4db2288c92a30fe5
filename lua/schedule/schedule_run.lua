#!lua
-- schedule_run: a schedule -> the same, with a job of it in the outbox
-- An operator runs it now, also while it is paused; its next slot stays where it is. The job's id is the caller's, so a
-- second sending finds it in the ledger and changes nothing. Refused by Redis when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the draft was made from
-- ARGV[3]  job        the job's full id
-- ARGV[4]  draft      the job, a JSON object: queue, id, type, payload, options
-- Returns  {"ok"}, {"already"}, {"changed"} (another revision), {"gone"} or {"full"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :pending, :sequence, :news; all share the hash tag
-- Cost     O(1)
-- @include now
-- @include ring
-- @include ledger
-- @include post
-- @include open
-- @include manual
local scheduler, name, revision, job, draft = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local fields = redis.call('HMGET', scheduler .. ':schedule:' .. name, unpack(manual_fields))
local word = manual_word(scheduler, name, fields, revision, job)
if word ~= 'ok' then
    return {word}
end

manual(scheduler, name, fields, now_ms(), 'manual', job, draft)
return {'ok'}
