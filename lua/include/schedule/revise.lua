-- revise(scheduler, name, now): gives a schedule its next revision and returns it as text. No revision comes twice,
-- even for a schedule that was removed and made again or that Redis had lost: a caller that acts on what it read before
-- is told that the schedule changed. Needs take_numbers.
local function revise(scheduler, name, now)
    local revision = string.format('%d', take_numbers(scheduler, now, 1) + 1)
    redis.call('HSET', scheduler .. ':schedule:' .. name, 'revision', revision)
    return revision
end
