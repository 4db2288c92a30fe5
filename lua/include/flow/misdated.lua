-- misdated(queue_key, id, state, deadline): what is wrong with a job in the list of deadlines, by the state and the
-- deadline of its hash, false where it has none; then the deadline under which it is to be listed, false for none. Nil
-- when nothing is wrong. A job is listed while it waits with a deadline.
-- Needs whole.
local function misdated(queue_key, id, state, deadline)
    local listed = tonumber(redis.call('ZSCORE', queue_key .. ':deadlines', id) or nil)
    local expected = (state == 'waiting' or state == 'scheduled') and deadline and (whole(deadline, 0, last_ms) or 0)
    if listed and not expected then
        return 'in the list of deadlines, where only jobs that wait with one belong', false
    elseif expected and listed ~= expected then
        return 'waits with a deadline, and is not listed under it', expected
    end
end
