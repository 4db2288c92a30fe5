-- seen(enqueued_at, attempt, due_at, finished_at): a job's version as one text, with "-" for a field that it lacks. A
-- call that carries the version that its caller saw, and arrives late, when the job went round once more, finds another
-- one and changes nothing.
local function seen(enqueued_at, attempt, due_at, finished_at)
    return table.concat({enqueued_at or '-', attempt or '-', due_at or '-', finished_at or '-'}, ' ')
end
