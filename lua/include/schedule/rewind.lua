-- rewind(scheduler, name, now): lets a schedule go on from now although a leader decided later slots while Redis's
-- clock was ahead. The ledger notes it. The jobs of those slots, where they still exist, are not made again. Returns
-- whether there was anything to do. Needs note_slot.
local function rewind(scheduler, name, now)
    local schedule = scheduler .. ':schedule:' .. name
    local last_slot = tonumber(redis.call('HGET', schedule, 'last_slot'))
    if not last_slot or last_slot <= now then
        return false
    end
    note_slot(scheduler, name, string.format('{"time":%d,"kind":"rewound","slot":%.0f}', now, last_slot))
    redis.call('HSET', schedule, 'last_slot', now)
    return true
end
