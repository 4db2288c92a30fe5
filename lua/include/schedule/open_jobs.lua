-- A schedule's field open: the full ids of jobs that it fired and that nobody has seen finished yet, with a space
-- between them, while it does not overlap.

-- still_open(text, finished): the ids in the field, without those in the list of finished ones.
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

-- opened(open, job): the field's text with one more; of more than 100, which only runs by hand make, the oldest go.
local function opened(open, job)
    open[#open + 1] = job
    return table.concat(open, ' ', math.max(1, #open - 99))
end
