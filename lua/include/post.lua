-- How many drafts may wait for their delivery. With more the queues take nothing, and firing waits as well.
local most_pending = 1000

-- post(root, now, drafts): puts drafts, JSON objects, at the end of the outbox, each with the next number of the
-- sequence. It only grows, by Redis's clock too (microseconds), so that no number comes twice even where the key was
-- lost: a queue refuses what is not beyond the last one it was given.
local function post(root, now, drafts)
    if #drafts == 0 then
        return
    end
    local key = root .. ':sequence'
    local sequence = math.max(tonumber(redis.call('GET', key)) or 0, now * 1000)
    for i = 1, #drafts, 1000 do
        local entries = {}
        for j = i, math.min(i + 999, #drafts) do
            entries[#entries + 1] = string.format('{"sequence":%d,', sequence + j) .. string.sub(drafts[j], 2)
        end
        redis.call('RPUSH', root .. ':pending', unpack(entries))
    end
    redis.call('SET', key, string.format('%d', sequence + #drafts))
end
