-- take_numbers(scheduler, now, count): takes count numbers of the sequence and returns the one before them. The
-- sequence only grows and is at least Redis's time in microseconds, so that no number comes twice even where the key
-- was lost. A number that stands there and is more than 366 days ahead, which no queue takes, starts anew.
local function take_numbers(scheduler, now, count)
    local sequence = scheduler .. ':sequence'
    local last = tonumber(redis.call('GET', sequence)) or 0
    if not (last > now * 1000 and last <= (now + 366 * 86400000) * 1000) then
        last = now * 1000
    end
    redis.call('SET', sequence, string.format('%d', last + count))
    return last
end
