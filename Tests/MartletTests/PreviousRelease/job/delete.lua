#!lua flags=allow-oom
-- delete: scheduled | waiting | successful | warning | error | cancelled -> nothing
-- An operator takes a job away, with its log. A running one stays: it is to be cancelled first. Safe to send twice: the
-- second call finds nothing.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  id
-- Returns  {"ok", state it was in}, {"running", worker} or {"gone"}
-- Touches  <queue>:job:<id>, :log:<id>, :attempts:<id>, all state sets but :running, :unknown, :suspects, :expiring,
--          :object:<object>, :fired:<schedule>; all share the queue's hash tag
-- Cost     O(log N)
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

local queue, id = KEYS[1], ARGV[1]
local fields = redis.call('HMGET', queue .. ':job:' .. id, 'state', 'worker', 'type', 'object', 'schedule')
local state = fields[1]
if not state then
    return {'gone'}
elseif state == 'running' then
    return {'running', fields[2] or ''}
end

redis.call('ZREM', queue .. ':' .. state, id)
redis.call('ZREM', queue .. ':unknown', (fields[3] or '') .. ' ' .. id)
redis.call('ZREM', queue .. ':suspects', id)
redis.call('ZREM', queue .. ':expiring', id)
erase(queue, {{id, fields[4], fields[5]}})
return {'ok', state}
