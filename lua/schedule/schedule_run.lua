#!lua
-- schedule_run: a schedule -> the same, with a job of it in the pending list
-- An operator runs the schedule now, even while it is paused. Its next slot stays as it is. The caller chooses the
-- job's id, so a second sending finds it in the ledger and changes nothing. Redis refuses the call when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the job was made from
-- ARGV[3]  job        the job's full id
-- ARGV[4]  entry      the job, a JSON object: queue, id, type, payload, options
-- Returns  {"ok"}, {"already"}, {"changed"} (another revision), {"gone"} or {"full"}
-- Touches  <scheduler>:schedule:<name>, :slots:<name>, :pending, :sequence, :news; all share the hash tag
-- Cost     O(1)
-- @include now
-- @include ring
-- @include note_slot
-- @include take_numbers
-- @include post
-- @include open_jobs
-- @include run_by_hand
local scheduler, name, revision, job, entry = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local word, known = check_run(scheduler, name, revision, job)
if word ~= 'ok' then
    return {word}
end

local now = now_ms()
post(scheduler, now, {entry})
run_by_hand(scheduler, name, known, now, 'manual', job)
return {'ok'}
