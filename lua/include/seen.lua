-- seen(enqueued_at, attempt, due_at, finished_at): a job's version as one text, with "-" for a field that it lacks. A
-- call carries the version that its caller saw. Where it arrives late, after the job ran again, it finds another
-- version and changes nothing.
local function seen(enqueued_at, attempt, due_at, finished_at)
    return table.concat({enqueued_at or '-', attempt or '-', due_at or '-', finished_at or '-'}, ' ')
end
