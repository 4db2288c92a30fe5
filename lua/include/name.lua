-- What a name of a job, a type, a queue, a worker, a schedule or an outbox is made of.
local name_rule = '1 to 128 of A-Z a-z 0-9 . _ -'

-- is_name(text): tells whether a text is such a name.
local function is_name(text)
    return #text <= 128 and string.find(text, '^[%w._-]+$') ~= nil
end
