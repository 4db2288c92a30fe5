-- is_slot(slot): tells whether a value is a slot as fire takes it.
local function is_slot(slot)
    if type(slot) ~= 'table' or type(slot.slot) ~= 'number' then
        return false
    elseif slot.kind == 'skipped' then
        return type(slot.why) == 'string'
    end
    return (slot.kind == 'fired' or slot.kind == 'caught up') and type(slot.job) == 'string'
        and type(slot.entry) == 'string' and string.sub(slot.entry, 1, 1) == '{'
end

-- slot_line(now, term, kind, slot, rest): the ledger's line for a slot that the leader of this term decided.
local function slot_line(now, term, kind, slot, rest)
    return string.format('{"time":%d,"kind":"%s","slot":%d,"term":%s%s}', now, kind, slot, term, rest)
end

-- decide_slot(slot, offset, now, term, busy): returns whether the slot is fired, and its line for the ledger. busy is
-- the unfinished job because of which the slot is not fired, or false.
local function decide_slot(slot, offset, now, term, busy)
    if slot.kind == 'skipped' then
        local rest = ',"why":' .. cjson.encode(slot.why)
        if slot['until'] then
            rest = rest .. string.format(',"until":%d', slot['until'])
        end
        if slot.count then
            rest = rest .. string.format(',"count":%d', slot.count)
        end
        return false, slot_line(now, term, 'skipped', slot.slot, rest)
    elseif busy then
        return false, slot_line(now, term, 'skipped', slot.slot, ',"why":"' .. busy .. ' has not finished"')
    end
    local late = math.max(0, now - slot.slot - offset)
    return true, slot_line(now, term, slot.kind, slot.slot, string.format(',"late_ms":%d,"job":"%s"', late, slot.job))
end
