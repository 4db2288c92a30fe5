-- take_numbers(scheduler, now, count): takes count numbers of the sequence and returns the one before them. The
-- sequence only grows and is at least Redis's time in microseconds, so that no number comes twice even where the key
-- was lost.
local function take_numbers(scheduler, now, count)
    local sequence = scheduler .. ':sequence'
    local last = math.max(tonumber(redis.call('GET', sequence)) or 0, now * 1000)
    redis.call('SET', sequence, string.format('%d', last + count))
    return last
end
