-- The number of jobs in the pending list at which schedules stop firing. It gets that long only while queues take
-- nothing.
local most_pending = 1000

-- post(scheduler, now, entries): puts jobs, JSON objects, at the end of the pending list, each with the next number of
-- the sequence. A queue passes over a job whose number is not beyond the last one it was given. Needs take_numbers.
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
