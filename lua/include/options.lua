-- The range of each option that is a whole number, and the options that do not become fields of the job. They are made
-- for the first job of a call that has options, since making them takes a tenth of the time of a call without options.
local lowest, highest, is_passing
-- The time (ms) in 1973 before which a number is a time in seconds, unless Redis's clock is as early.
local first_ms = 1e11
local function make_ranges(now)
    -- A sequence is at least the time (us) at which it was made. No schedule and no outbox makes one that is more than
    -- 366 days ahead of Redis's time, even where its clock is wrong.
    local highest_sequence = (now + 366 * 86400000) * 1000
    -- Every other option is at least 0.
    lowest = {priority = -100, time_limit_ms = 1, sequence = 1, deadline_ms = 1}
    highest = {
        priority = 100, delay_ms = century_ms, due_at = last_ms, max_retries = 1000, time_limit_ms = century_ms,
        backoff_ms = century_ms, backoff_max_ms = century_ms, retention_ms = century_ms, slot = last_ms,
        sequence = highest_sequence, after = highest_sequence, disowned = 9e15, deadline = last_ms,
        deadline_ms = century_ms,
    }
    is_passing = {
        delay_ms = true, due_at = true, deadline_ms = true, outbox = true, sequence = true, after = true,
        disowned = true,
    }
end

-- mistimed(options, now): the option that is no time (ms since 1970), or that contradicts another one, with its value
-- and what would be right; nil where there is none.
local function mistimed(options, now)
    for at, span in pairs({due_at = 'delay_ms', deadline = 'deadline_ms'}) do
        local time = options[at]
        if time and options[span] then
            return at, time, 'only one of ' .. span .. ' and ' .. at
        elseif time and time > 0 and time < first_ms and now >= first_ms then
            return at, time, string.format('milliseconds since 1970: 0 or a whole number from %.0f to %.0f', first_ms,
                last_ms)
        end
    end
    for start, deadline in pairs({due_at = 'deadline', delay_ms = 'deadline_ms'}) do
        if options[start] and options[deadline] and options[deadline] <= options[start] then
            return deadline, options[deadline], 'more than ' .. start .. ': no attempt starts after a deadline'
        end
    end
end

-- read_options(text, now): reads the options of a job as enqueue takes them: a JSON object, or "" for none. Returns
-- them by name, and where there are any, under the name fields, the names and values of those that become fields of
-- the job. Returns nil where the text is no JSON object, and false, the option, its value and what would be right where
-- one is not acceptable. Needs whole, name.
local no_options = {}
local function read_options(text, now)
    if text == '' then
        return no_options
    end
    -- Once decoded, an empty array looks like an empty object.
    local ok, options = pcall(cjson.decode, text)
    if not ok or type(options) ~= 'table' or not string.find(text, '^%s*{') then
        return nil
    end
    if not highest then
        make_ranges(now)
    end
    local fields = {}
    for option, value in pairs(options) do
        local low, high = lowest[option] or 0, highest[option]
        if high then
            if type(value) ~= 'number' or value % 1 ~= 0 or value < low or value > high then
                return false, option, value, string.format('a whole number from %.0f to %.0f', low, high)
            end
        elseif option == 'schedule' or option == 'outbox' then
            if type(value) ~= 'string' or not is_name(value) then
                return false, option, value, name_rule
            end
        elseif option ~= 'object' then
            return false, 'options', option, 'one of the options that enqueue knows'
        elseif type(value) ~= 'string' or value == '' or #value > 256 then
            return false, option, value, 'a text of 1 to 256 bytes'
        end
        if not is_passing[option] then
            fields[#fields + 1] = option
            fields[#fields + 1] = value
        end
    end
    if options.due_at or options.deadline or options.deadline_ms then
        local option, value, right = mistimed(options, now)
        if option then
            return false, option, value, right
        end
    end
    if options.deadline_ms then
        options.deadline = now + options.deadline_ms
        fields[#fields + 1] = 'deadline'
        fields[#fields + 1] = options.deadline
    end
    -- No option is called fields: it would have been refused above.
    options.fields = fields
    return options
end

-- add_options(queue_key, id, fields, options, now): puts the options that become fields of a job's hash behind its
-- other fields, and lists the job for its object and its schedule.
local function add_options(queue_key, id, fields, options, now)
    for _, text in ipairs(options.fields) do
        fields[#fields + 1] = text
    end
    if options.object then
        redis.call('ZADD', queue_key .. ':object:' .. options.object, now, id)
    end
    if options.schedule then
        redis.call('ZADD', queue_key .. ':fired:' .. options.schedule, now, id)
    end
end
