-- The rule for a job's id and for the names of types, queues, workers, schedules and outboxes.
local name_rule = '1 to 128 of A-Z a-z 0-9 . _ -'

-- is_name(text): tells whether a text keeps to that rule.
local function is_name(text)
    return #text <= 128 and string.find(text, '^[%w._-]+$') ~= nil
end
