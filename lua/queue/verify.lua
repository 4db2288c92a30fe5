#!lua flags=no-writes
-- verify: nothing changes
-- Looks whether jobs are where their hashes say: each in exactly one state set, the one its hash names, and no entry or
-- log without a job. Reads only, so it may be sent at any time.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  ids of jobs, at most 500
-- Returns  {"ok", finding, ...}  a finding for each job that is not as it should be: {id, what is wrong}
-- Touches  <queue>:job:<id>, :log:<id>, all state sets; all share the queue's hash tag
-- Cost     O(log N) for each id
-- @include states
local queue = KEYS[1]

local reply = {'ok'}
for i = 1, #ARGV do
    local id = ARGV[i]
    local state = redis.call('HGET', queue .. ':job:' .. id, 'state')
    local found = {}
    for _, set in ipairs(states) do
        if redis.call('ZSCORE', queue .. ':' .. set, id) then
            found[#found + 1] = set
        end
    end
    local sets = table.concat(found, ' and ')
    local wrong
    if not state then
        if redis.call('EXISTS', queue .. ':job:' .. id) == 1 then
            wrong = 'its hash names no state'
        elseif #found > 0 then
            wrong = 'in ' .. sets .. ' without a hash'
        elseif redis.call('EXISTS', queue .. ':log:' .. id) == 1 then
            wrong = 'a log without a hash'
        end
    elseif not is_state[state] then
        wrong = 'its hash names an unknown state'
    elseif #found == 0 then
        wrong = state .. ' by its hash, in no state set'
    elseif #found > 1 or found[1] ~= state then
        wrong = state .. ' by its hash, in ' .. sets
    end
    if wrong then
        reply[#reply + 1] = {id, wrong}
    end
end
return reply
