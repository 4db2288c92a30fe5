-- lease(fields, token, replayed): may the caller write to this job? fields is HMGET job state token ...
--   "ok"       the job runs under the caller's lease
--   "already"  it left running under this very token into one of the states in replayed: the first reply was lost
--   "stale"    the lease is somebody else's, or ran out
--   "gone"     there is no such job
local function lease(fields, token, replayed)
    if not fields[1] then
        return 'gone'
    elseif fields[2] ~= token then
        return 'stale'
    elseif fields[1] == 'running' then
        return 'ok'
    end
    return replayed[fields[1]] and 'already' or 'stale'
end
