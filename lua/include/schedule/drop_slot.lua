-- drop_slot(scheduler, name, now, why): a schedule fires no slot any more. One that has come and is not decided yet is
-- noted as skipped, with why. Needs note_slot.
local function drop_slot(scheduler, name, now, why)
    local schedule = scheduler .. ':schedule:' .. name
    local slot = tonumber(redis.call('HGET', schedule, 'slot'))
    if slot and slot <= now then
        note_slot(scheduler, name,
            string.format('{"time":%d,"kind":"skipped","slot":%.0f,"why":"%s"}', now, slot, why))
        redis.call('HSET', schedule, 'last_slot', string.format('%.0f', slot))
    end
    redis.call('HDEL', schedule, 'slot')
    redis.call('ZREM', scheduler .. ':due', name)
end
