#!lua flags=allow-oom
-- bury: running -> waiting | error | cancelled, for the jobs of a worker process that is known to be dead
-- Its supervisor saw it die, so nobody waits for the leases to run out. The crash is counted, and each job is a suspect
-- from then on and runs alone. A crash beside other jobs is doubtful: the attempt is given back, and the crash too when
-- the job then ends without killing its worker. Only a job that died alone spends an attempt and can use up its
-- crashes. Safe to send twice: a job that the worker does not hold any more is left alone.
-- KEYS[1]  queue   root of the queue's keys
-- ARGV[1]  worker  id of the dead worker
-- ARGV[2]  signal  that killed it, for example SIGSEGV; "" when it exited
-- ARGV[3]  code    that it exited with; "" when a signal killed it
-- ARGV[4]  alone   1 when this is the only job that it ran, else 0
-- ARGV[5]  crash_limit  crashes after which a job ends in error
-- ARGV[6]  ids of its jobs, at most 1,000
-- Returns  {"ok", word, ...}  for each job the state it is in now, or stale
--          {"invalid", "worker", "signal" or "code", value, what would be right}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, :running, :waiting, :scheduled, :suspects, :deadlines, :wake,
--          and where a job ends :error, :cancelled, :expiring, :object:<object>, :fired:<schedule>, :gone,
--          :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include whole
-- @include name
-- @include ring
-- @include set_waiting
-- @include set_scheduled
-- @include come_back
-- @include leave
-- @include erase
-- @include count
-- @include tally
-- @include settle
-- @include bounds
-- @include suspect
-- @include note_attempt
-- @include crash
local queue_key, worker, signal, code = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local alone, crash_limit = ARGV[4] == '1', tonumber(ARGV[5])
if not is_name(worker) then
    return {'invalid', 'worker', string.sub(worker, 1, 128), name_rule}
end
-- Signal and code are put into JSON as they are.
if signal ~= '' and not string.find(signal, '^[%w-]+$') then
    return {'invalid', 'signal', string.sub(signal, 1, 128), 'a name like SIGSEGV, or nothing'}
elseif signal == '' and not string.find(code, '^%d+$') then
    return {'invalid', 'code', string.sub(code, 1, 128), 'a whole number'}
end

local now = now_ms()
local what = 'worker process ' .. (signal ~= '' and 'killed by ' .. signal or 'exited with code ' .. code)
local death = {why = signal ~= '' and signal or 'exit code ' .. code, alone = alone}
local reply, endings, rings = {'ok'}, {}, false
for i = 6, #ARGV do
    local job = crash_job(queue_key, ARGV[i])
    local word = 'stale'
    if job.state == 'running' and job.worker == worker then
        local ending = crash(queue_key, job, now, crash_limit, what, death)
        endings[#endings + 1] = ending
        word = ending and ending.state or 'waiting'
        rings = rings or not ending
    end
    reply[#reply + 1] = word
end
settle(queue_key, 'running', now, endings)
if rings then
    ring(queue_key .. ':wake')
end
return reply
