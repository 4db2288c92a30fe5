#!lua flags=allow-oom
-- archive: successful | warning | error | cancelled -> nothing, for jobs that the archive has
-- The archive holds each of them as it was read; one that is not so any more, because somebody restarted it, stays.
-- Safe to send twice.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  four for each job, at most 1,000 jobs: id, and its fields state, attempt, finished_at as they were read, ""
--          for one that it lacks
-- Returns  {"ok", number that went}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, the finished states' sets, :expiring, :object:<object>,
--          :fired:<schedule>; all share the queue's hash tag
-- Cost     O(log N) for each job
-- erase(queue, jobs): removes the hashes, logs and attempts of at most 1,000 jobs, and their places in the lists of
-- their objects and schedules: a job is {id, object or false, schedule or false}. The state sets are the caller's to
-- clear.
local function erase(queue, jobs)
    local keys = {}
    for _, job in ipairs(jobs) do
        local id, object, schedule = job[1], job[2], job[3]
        keys[#keys + 1] = queue .. ':job:' .. id
        keys[#keys + 1] = queue .. ':log:' .. id
        keys[#keys + 1] = queue .. ':attempts:' .. id
        if object then
            redis.call('ZREM', queue .. ':object:' .. object, id)
        end
        if schedule then
            redis.call('ZREM', queue .. ':fired:' .. schedule, id)
        end
    end
    if #keys > 0 then
        redis.call('UNLINK', unpack(keys))
    end
end

-- clear(queue, set, jobs): at most 1,000 finished jobs go for good, as erase takes them; set is the key of the state
-- set that they are in. Needs erase.
local function clear(queue, set, jobs)
    local ids = {}
    for i, job in ipairs(jobs) do
        ids[i] = job[1]
    end
    if #ids > 0 then
        erase(queue, jobs)
        redis.call('ZREM', set, unpack(ids))
        redis.call('ZREM', queue .. ':expiring', unpack(ids))
    end
end

local queue = KEYS[1]
local number, sets = 0, {successful = {}, warning = {}, error = {}, cancelled = {}}
for i = 1, #ARGV, 4 do
    local id, state = ARGV[i], ARGV[i + 1]
    local fields = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'attempt', 'finished_at', 'object',
        'schedule')
    if sets[state] and fields[1] == state and (fields[2] or '') == ARGV[i + 2] and (fields[3] or '') == ARGV[i + 3] then
        table.insert(sets[state], {id, fields[4], fields[5]})
        number = number + 1
    end
end
for state, jobs in pairs(sets) do
    clear(queue, queue .. ':' .. state, jobs)
end
return {'ok', number}
