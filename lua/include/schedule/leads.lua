-- leads(scheduler, worker, term): tells whether the worker is the leader of this very term.
local function leads(scheduler, worker, term)
    local leader, leader_term = unpack(redis.call('HMGET', scheduler .. ':leader', 'worker', 'term'))
    return leader == worker and leader_term == term
end
