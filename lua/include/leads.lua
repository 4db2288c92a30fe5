-- leads(root, worker, term): whether the worker is the leader of this very term.
local function leads(root, worker, term)
    local fields = redis.call('HMGET', root .. ':leader', 'worker', 'term')
    return fields[1] == worker and fields[2] == term
end
