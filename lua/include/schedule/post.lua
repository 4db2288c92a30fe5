-- How many jobs may wait in the pending list. With more the queues take nothing, and firing waits as well.
local most_pending = 1000

-- post(scheduler, now, entries): puts jobs, JSON objects, at the end of the pending list, each with the next number of
-- the sequence: a queue refuses what is not beyond the last one it was given. Needs take_numbers.
local function post(scheduler, now, entries)
    if #entries == 0 then
        return
    end
    local sequence = take_numbers(scheduler, now, #entries)
    for i = 1, #entries, 1000 do
        local numbered = {}
        for j = i, math.min(i + 999, #entries) do
            numbered[#numbered + 1] = string.format('{"sequence":%d,', sequence + j) .. string.sub(entries[j], 2)
        end
        redis.call('RPUSH', scheduler .. ':pending', unpack(numbered))
    end
end
