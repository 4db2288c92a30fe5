#!lua
-- schedule_resume: paused or disabled -> enabled, with a job of it in the pending list
-- The schedule fires at once and then goes on by its cron from now, even where later slots were decided while Redis's
-- clock was ahead. A schedule that was disabled because no program declared it goes on without a declaration. Safe to
-- send twice: the second call finds the job in the ledger. Redis refuses the call when memory is full.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  name
-- ARGV[2]  revision   of the schedule that the job was made from
-- ARGV[3]  job        the job's full id
-- ARGV[4]  entry      the job, a JSON object: queue, id, type, payload, options
-- Returns  {"ok"}, {"already"}, {"enabled"} (it was neither), {"changed"} (another revision), {"gone"} or {"full"}
-- Touches  <scheduler>:schedule:<name>, :due, :slots:<name>, :pending, :sequence, :news; all share the hash tag
-- Cost     O(log N)
-- @include now
-- @include ring
-- @include note_slot
-- @include take_numbers
-- @include revise
-- @include post
-- @include open_jobs
-- @include run_by_hand
-- @include rewind
-- @include replan
local scheduler, name, revision, job, entry = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local word, known = check_run(scheduler, name, revision, job)
if word == 'ok' and not known.is_off then
    word = 'enabled'
end
-- Redis may have broken the first call off before it enabled the schedule. Whoever paused it since then changed the
-- revision.
local is_broken_off = word == 'already' and known.is_off and known.is_same
if word ~= 'ok' and not is_broken_off then
    return {word}
end

local now = now_ms()
if not is_broken_off then
    post(scheduler, now, {entry})
    rewind(scheduler, name, now)
    replan(scheduler, name, now, false)
    run_by_hand(scheduler, name, known, now, 'resumed', job)
end
redis.call('HDEL', scheduler .. ':schedule:' .. name, 'paused_at', 'disabled_at', 'disabled_reason')
revise(scheduler, name, now)
return {'ok'}
