-- lease(state, token, own_token, replayed): tells whether the caller, who holds own_token, may write to a job with this
-- state and token:
--   "ok"       the job runs under the caller's lease
--   "already"  it left running under this very token into one of the states in replayed: the first reply was lost
--   "stale"    the lease is somebody else's now, or was taken back, which takes the token away; a lease that ran out
--              and that no claim has taken back still counts
--   "gone"     there is no such job
local function lease(state, token, own_token, replayed)
    if not state then
        return 'gone'
    elseif token ~= own_token then
        return 'stale'
    elseif state == 'running' then
        return 'ok'
    end
    return replayed[state] and 'already' or 'stale'
end
