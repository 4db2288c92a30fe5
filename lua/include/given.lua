-- Schedules and outboxes give a queue their jobs in order, each with a number, a sequence, that only grows.
-- <queue>:meta holds the last one of each giver, in the field delivered for all schedules together, "outbox <name>" for
-- an outbox, and for an outbox in "outbox <name> job" once more with the id.

-- given(queue_key, field, after): the last sequence that this queue was given, 0 for none; then the reply to an outbox
-- that knows another one, after, as given; nil where they agree, and where after is nil. Needs whole.
local function given(queue_key, field, after)
    local delivered = whole(redis.call('HGET', queue_key .. ':meta', field)) or 0
    if not after or delivered == after then
        return delivered
    elseif delivered < after then
        return delivered, {'behind', delivered}
    end
    -- A release that knows no ids may have moved the number on.
    local mark = redis.call('HGET', queue_key .. ':meta', field .. ' job') or ''
    local sequence, id = string.match(mark, '^(%d+) (.+)$')
    return delivered, {'ahead', delivered, tonumber(sequence) == delivered and id or ''}
end
