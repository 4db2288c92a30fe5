-- drop_slot(scheduler, name, now, why): takes the next slot from a schedule, which fires none from then on. A slot that
-- has come and is not decided yet is noted as skipped, with the text why. Needs note_slot.
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
