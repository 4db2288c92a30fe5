-- Schedules and outboxes give a queue their jobs in order, each with a sequence, a number that only grows. <queue>:meta
-- holds the last sequence of each giver: in the field delivered for all schedules together, in "outbox <name>" for an
-- outbox, and in "outbox <name> job" once more, with the id of that job.

-- given(queue_key, field, after): the last sequence that this queue was given, 0 for none. after is the last sequence
-- that an outbox knows as given, or nil: where the two differ, the reply to that outbox follows, else nil. Needs whole.
local function given(queue_key, field, after)
    local delivered = whole(redis.call('HGET', queue_key .. ':meta', field)) or 0
    if not after or delivered == after then
        return delivered
    elseif delivered < after then
        return delivered, {'behind', delivered}
    end
    -- An older release, which knows no ids, may have moved the sequence on.
    local mark = redis.call('HGET', queue_key .. ':meta', field .. ' job') or ''
    local sequence, id = string.match(mark, '^(%d+) (.+)$')
    return delivered, {'ahead', delivered, tonumber(sequence) == delivered and id or ''}
end

-- note_given(queue_key, field, sequence, id): notes the last sequence that this queue was given, with the id of its
-- job, or false where the giver does not ask for it.
local function note_given(queue_key, field, sequence, id)
    local meta_key, text = queue_key .. ':meta', string.format('%d', sequence)
    if id then
        redis.call('HSET', meta_key, field, text, field .. ' job', text .. ' ' .. id)
    else
        redis.call('HSET', meta_key, field, text)
    end
end
