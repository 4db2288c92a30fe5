#!lua flags=no-writes
-- verify: nothing changes
-- Checks that jobs are where their hashes say: each in exactly one state set, the one its hash names; a waiting job
-- that is set aside in a list of such jobs; no lease that ends more than an hour from now; in the list of deadlines
-- the jobs that wait with one, and no others; and no entry or log without a job. Reads only, so it may be sent at any
-- time.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  ids of jobs, at most 500
-- Returns  {"ok", finding, ...}  a finding for each job that is not as it should be: {id, what is wrong}
-- Touches  <queue>:job:<id>, :log:<id>, all state sets, :unknown, :suspects, :deadlines; all share the queue's hash tag
-- Cost     O(log N) for each id
-- @include now
-- @include states
-- @include whole
-- @include bounds
-- @include misdated
local queue_key, now = KEYS[1], now_ms()

-- misplaced(id, state, type, score): what is wrong with a job that is in its own state set alone, with this score; nil
-- when nothing is.
local function misplaced(id, state, type, score)
    if state == 'running' and score > now + longest_lease_ms then
        return 'running, under a lease that ends later than any may'
    elseif state == 'waiting' and score > first_parked then
        local is_unknown = redis.call('ZSCORE', queue_key .. ':unknown', (type or '') .. ' ' .. id)
        local is_suspect = redis.call('ZSCORE', queue_key .. ':suspects', id)
        if not is_unknown and not is_suspect then
            return 'waiting, set aside, in no list of those set aside'
        end
    end
end

local reply = {'ok'}
for i = 1, #ARGV do
    local id = ARGV[i]
    local state, type, deadline = unpack(redis.call('HMGET', queue_key .. ':job:' .. id, 'state', 'type',
        'deadline'), 1, 3)
    local found, score = {}, nil
    for _, set in ipairs(states) do
        local found_score = redis.call('ZSCORE', queue_key .. ':' .. set, id)
        if found_score then
            found[#found + 1] = set
            score = tonumber(found_score)
        end
    end
    local sets = table.concat(found, ' and ')
    local wrong
    if not state then
        if redis.call('EXISTS', queue_key .. ':job:' .. id) == 1 then
            wrong = 'its hash names no state'
        elseif #found > 0 then
            wrong = 'in ' .. sets .. ' without a hash'
        elseif redis.call('EXISTS', queue_key .. ':log:' .. id) == 1 then
            wrong = 'a log without a hash'
        end
    elseif not is_state[state] then
        wrong = 'its hash names an unknown state'
    elseif #found == 0 then
        wrong = state .. ' by its hash, in no state set'
    elseif #found > 1 or sets ~= state then
        wrong = state .. ' by its hash, in ' .. sets
    else
        wrong = misplaced(id, state, type, score)
    end
    wrong = wrong or misdated(queue_key, id, state, deadline)
    if wrong then
        reply[#reply + 1] = {id, wrong}
    end
end
return reply
