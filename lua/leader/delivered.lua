#!lua flags=allow-oom
-- delivered: jobs in the pending list -> nothing, now that their queues have them
-- Whoever delivers reads the list from its head, enqueues in that order and then removes those jobs. A job that no
-- queue will ever take is removed too, and its schedule's ledger says why. Safe to send twice: a job that is already
-- removed is passed over.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  two for each job: sequence, and why it was refused or "" for one that its queue has
-- Returns  {"ok", number taken out}
-- Touches  <scheduler>:pending, :slots:<name>, :schedule:<name>; all share the hash tag
-- Cost     O(jobs in the list up to the last of these)
-- @include now
-- @include note_slot
local scheduler = KEYS[1]
local pending = scheduler .. ':pending'
local done, left = {}, 0
for i = 1, #ARGV, 2 do
    done[ARGV[i]] = ARGV[i + 1]
    left = left + 1
end
local first, removed = 0, 0
repeat
    local entries = redis.call('LRANGE', pending, first, first + 99)
    for _, entry in ipairs(entries) do
        local why = done[string.match(entry, '^{"sequence":(%d+),') or '']
        if why then
            local ok, job = pcall(cjson.decode, why ~= '' and entry or '{}')
            local name = ok and type(job) == 'table' and job.schedule
            if type(name) == 'string' and redis.call('EXISTS', scheduler .. ':schedule:' .. name) == 1 then
                local rest = string.format('"kind":"refused","why":%s,"job":%s}', cjson.encode(why),
                    cjson.encode(tostring(job.queue) .. '/' .. tostring(job.id)))
                -- A call that Redis broke off after this has noted it.
                local last = redis.call('LRANGE', scheduler .. ':slots:' .. name, 0, 0)[1] or ''
                if string.sub(last, -#rest) ~= rest then
                    note_slot(scheduler, name, string.format('{"time":%d,', now_ms()) .. rest)
                end
            end
            redis.call('LREM', pending, 1, entry)
            removed = removed + 1
        else
            first = first + 1
        end
    end
until #entries == 0 or removed >= left
return {'ok', removed}
