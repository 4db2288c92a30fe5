-- With Redis's default settings one value of more than 64 bytes makes a whole hash take half as much memory again. So a
-- short payload may stand in its job's hash in parts of at most 64 bytes, cut between two characters, in the fields
-- payload.1, payload.2 and so on; there is no field payload then. The bounds are the bytes of a part, and of a payload
-- that is cut: a longer one costs more time than it saves memory.
local part_bytes, most_cut_bytes = 64, 256

-- part_end(payload, from): the place of the last byte of the part that begins at this one.
local function part_end(payload, from)
    local to = from + part_bytes - 1
    local next_byte = string.byte(payload, to + 1)
    -- The bytes 128 to 191 go on with a character of UTF-8, which has at most four bytes.
    for _ = 1, 3 do
        if not next_byte or next_byte < 128 or next_byte > 191 then
            break
        end
        to = to - 1
        next_byte = string.byte(payload, to + 1)
    end
    return to
end

-- cut(payload): the first two parts of a payload of more bytes than a part has; then the names and values of the fields
-- for all further parts, or nil.
local function cut(payload)
    local to = part_end(payload, 1)
    local first, from = string.sub(payload, 1, to), to + 1
    if #payload - to <= part_bytes then
        return first, string.sub(payload, from)
    end
    to = part_end(payload, from)
    local second, others = string.sub(payload, from, to), {}
    while to < #payload do
        from, to = to + 1, part_end(payload, to + 1)
        others[#others + 1] = string.format('payload.%d', #others / 2 + 3)
        others[#others + 1] = string.sub(payload, from, to)
    end
    return first, second, others
end

-- first_fields(job_key, type, payload, state, at, in_parts): the key of a job's hash, followed by the names and values
-- that every job has. in_parts says that a short payload may be cut.
local function first_fields(job_key, type, payload, state, at, in_parts)
    if in_parts and #payload > part_bytes and #payload <= most_cut_bytes then
        local first, second, others = cut(payload)
        local fields = {job_key, 'type', type, 'payload.1', first, 'state', state, 'enqueued_at', at, 'payload.2',
            second}
        for _, text in ipairs(others or {}) do
            fields[#fields + 1] = text
        end
        return fields
    end
    return {job_key, 'type', type, 'payload', payload, 'state', state, 'enqueued_at', at}
end
