-- With Redis's default settings one value of more than 64 bytes makes a whole hash take half as much memory again. So a
-- short payload may stand in its job's hash in parts of at most 64 bytes, cut between two characters, in the fields
-- payload.1, payload.2 and so on; there is no field payload then. The bounds are the bytes of a part, and of a payload
-- that is cut: a longer one costs more time than it saves memory.
local part_bytes, most_cut_bytes = 64, 256
local part_names

-- cut(fields, payload): puts the parts of a payload into the names and values of a job's hash, which hold it whole from
-- their fourth place on.
local function cut(fields, payload)
    -- Such a payload has five parts at most.
    part_names = part_names or {'payload.1', 'payload.2', 'payload.3', 'payload.4', 'payload.5'}
    local from, size, place = 1, #payload, 4
    for number = 1, #part_names do
        local to = from + part_bytes - 1
        -- The bytes 128 to 191 go on with a character of UTF-8, which has at most four bytes.
        for _ = 1, to < size and 3 or 0 do
            local next_byte = string.byte(payload, to + 1)
            if next_byte < 128 or next_byte > 191 then
                break
            end
            to = to - 1
        end
        fields[place], fields[place + 1] = part_names[number], string.sub(payload, from, to)
        if to >= size then
            return
        end
        from, place = to + 1, #fields + 1
    end
end
