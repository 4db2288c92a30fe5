-- forget_outboxes(queue_key, now): drops what a queue remembers of outboxes that have given it nothing for 90 days.
-- Without that, the fields of a database or a spool that exists no more would stay in <queue>:meta for ever. An outbox
-- that comes back later is treated as if Redis had lost what it was given. The field "outbox <name> seen" holds the
-- last sequence of an outbox and the time at which that was first seen. It looks once an hour, and writes nothing where
-- there is no outbox.
local outbox_kept_ms, outbox_look_ms = 7776000000, 3600000

local function forget_outboxes(queue_key, now)
    local meta_key = queue_key .. ':meta'
    local looked_at = tonumber(redis.call('HGET', meta_key, 'outboxes_looked_at')) or 0
    if now >= looked_at and now - looked_at < outbox_look_ms then
        return
    end
    local meta, entries = {}, redis.call('HGETALL', meta_key)
    for i = 1, #entries, 2 do
        meta[entries[i]] = entries[i + 1]
    end
    local at, gone, seen = string.format('%d', now), {}, {}
    for field, sequence in pairs(meta) do
        if string.find(field, '^outbox %S+$') then
            local known, since = string.match(meta[field .. ' seen'] or '', '^(.*) (%d+)$')
            since = tonumber(since)
            if known ~= sequence or since > now then
                seen[#seen + 1] = field .. ' seen'
                seen[#seen + 1] = sequence .. ' ' .. at
            elseif now - since > outbox_kept_ms then
                for _, ending in ipairs({'', ' job', ' seen'}) do
                    gone[#gone + 1] = field .. ending
                end
            end
        end
    end
    if meta['outboxes_looked_at'] or #seen > 0 or #gone > 0 then
        seen[#seen + 1] = 'outboxes_looked_at'
        seen[#seen + 1] = at
    end
    for i = 1, #seen, 1000 do
        redis.call('HSET', meta_key, unpack(seen, i, math.min(i + 999, #seen)))
    end
    for i = 1, #gone, 1000 do
        redis.call('HDEL', meta_key, unpack(gone, i, math.min(i + 999, #gone)))
    end
end
