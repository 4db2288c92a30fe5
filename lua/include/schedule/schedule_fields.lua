-- The editable fields of a schedule. All are texts, "" where there is nothing. Beside each stands declared_<field>, as
-- the code has it; the field edited names those that an operator changed.
local schedule_fields = {
    'cron', 'zone', 'type', 'payload', 'queue', 'object', 'options', 'splay_ms', 'catch_up', 'overlap',
}

local function is_name(text, longest)
    return type(text) == 'string' and #text <= longest and string.find(text, '^[%w._-]+$') ~= nil
end

-- first_fault(name, values): the first thing that is wrong with a schedule, as {field, value, what would be right}; nil
-- when nothing is. The caller checks that cron, zone and options can be read.
local function first_fault(name, values)
    if not is_name(name, 100) then
        return {'name', name, '1 to 100 of A-Z a-z 0-9 . _ -'}
    end
    for _, field in ipairs(schedule_fields) do
        if type(values[field]) ~= 'string' then
            return {field, tostring(values[field]), 'a text'}
        end
    end
    if values.cron == '' or values.zone == '' or values.payload == '' then
        local field = values.cron == '' and 'cron' or values.zone == '' and 'zone' or 'payload'
        return {field, '', 'a text that is not empty'}
    elseif not is_name(values.type, 128) then
        return {'type', values.type, '1 to 128 of A-Z a-z 0-9 . _ -'}
    elseif not is_name(values.queue, 128) then
        return {'queue', values.queue, '1 to 128 of A-Z a-z 0-9 . _ -'}
    elseif not string.find(values.splay_ms, '^%d+$') or tonumber(values.splay_ms) > 604800000 then
        return {'splay_ms', values.splay_ms, 'a whole number from 0 to 604800000'}
    elseif values.overlap ~= 'skip' and values.overlap ~= 'allow' then
        return {'overlap', values.overlap, 'skip or allow'}
    elseif values.catch_up ~= 'latest' and values.catch_up ~= 'skip'
        and not string.find(values.catch_up, '^all %d+$') then
        return {'catch_up', values.catch_up, 'latest, skip or all and a number'}
    end
end
