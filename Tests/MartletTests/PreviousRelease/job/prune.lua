#!lua flags=allow-oom
-- prune: successful | warning | error | cancelled -> nothing
-- Deletes finished jobs that are past retention: by the age of their state, by number, and earlier where the job asked
-- for less. A small batch a call, so that it can run under load. Safe to send twice.
-- KEYS[1]  queue          root of the queue's keys
-- ARGV[1]  limit          jobs deleted a call, 1 to 1000
-- ARGV[2]  successful_ms  age to which successful jobs are kept; "" where an archiver takes all jobs: then none goes by
--                         its age
-- ARGV[3]  others_ms      age to which warning, error and cancelled ones are kept; "" as above
-- ARGV[4]  max_jobs       jobs kept in each state; the oldest go
-- Returns  {"ok", number deleted}
-- Touches  <queue>:job:<id>, :log:<id>, the finished states' sets, :expiring, :object:<object>, :fired:<schedule>; all
--          share the queue's hash tag
-- Cost     O(log N) for each job deleted
-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

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

local queue, left, max_jobs = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local now, number = now_ms(), 0

-- delete(ids, found): jobs that are past retention, found in this set; without a hash a job is nowhere else.
local function delete(ids, found)
    local sets = {}
    for _, id in ipairs(ids) do
        local fields = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'object', 'schedule')
        local set = fields[1] and queue .. ':' .. fields[1] or found
        sets[set] = sets[set] or {}
        table.insert(sets[set], {id, fields[2], fields[3]})
    end
    for set, jobs in pairs(sets) do
        clear(queue, set, jobs)
    end
    left, number = left - #ids, number + #ids
end

if ARGV[2] ~= '' then
    delete(redis.call('ZRANGEBYSCORE', queue .. ':expiring', '-inf', now, 'LIMIT', 0, left), queue .. ':expiring')
end
for state, age in pairs({successful = ARGV[2], warning = ARGV[3], error = ARGV[3], cancelled = ARGV[3]}) do
    local set = queue .. ':' .. state
    if age ~= '' then
        delete(redis.call('ZRANGEBYSCORE', set, '-inf', now - age, 'LIMIT', 0, left), set)
    end
    local excess = math.min(left, redis.call('ZCARD', set) - max_jobs)
    if excess > 0 then
        delete(redis.call('ZRANGE', set, 0, excess - 1), set)
    end
end
return {'ok', number}
