-- next_revision(scheduler, now): a new revision for a schedule, as text. No revision comes twice, even for a schedule
-- that was removed and made again or that Redis had lost: a caller that acts on what it read before is told that the
-- schedule changed. It is written together with the values, since a schedule with a revision counts as whole. Needs
-- take_numbers.
local function next_revision(scheduler, now)
    return string.format('%d', take_numbers(scheduler, now, 1) + 1)
end

-- revise(scheduler, name, now): gives a schedule its next revision. Needs take_numbers.
local function revise(scheduler, name, now)
    redis.call('HSET', scheduler .. ':schedule:' .. name, 'revision', next_revision(scheduler, now))
end
