-- The field open of a schedule that does not overlap holds the full ids of the jobs that it fired and that were not
-- seen finished yet, with a space between them.

-- still_open(text, finished): the list of the ids in the field, without those in the list finished.
local function still_open(text, finished)
    local gone, open = {}, {}
    for _, id in ipairs(finished or {}) do
        gone[id] = true
    end
    for id in string.gmatch(text or '', '%S+') do
        if not gone[id] then
            open[#open + 1] = id
        end
    end
    return open
end

-- opened(open, job): the field's text with one more job. Only runs by hand make more than 100; then the oldest are
-- dropped.
local function opened(open, job)
    open[#open + 1] = job
    return table.concat(open, ' ', math.max(1, #open - 99))
end
