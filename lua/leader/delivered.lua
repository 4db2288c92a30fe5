#!lua flags=allow-oom
-- delivered: drafts in the outbox -> nothing, now that their queues have them
-- Whoever delivers reads the outbox from its head, enqueues in that order and then takes those out. One that no queue
-- will ever take goes too, and its schedule's ledger says why. Safe to send twice: what is out already is passed over.
-- KEYS[1]  scheduler  root of the scheduler's keys
-- ARGV[1]  two for each draft: sequence, and why it was refused or "" for one that its queue has
-- Returns  {"ok", number taken out}
-- Touches  <scheduler>:pending, :slots:<name>; all share the hash tag
-- Cost     O(drafts in the outbox), at most 1,000
-- @include now
-- @include ledger
-- @include post
local scheduler = KEYS[1]
local pending = scheduler .. ':pending'
local done, removed = {}, 0
for i = 1, #ARGV, 2 do
    done[ARGV[i]] = ARGV[i + 1]
end
for _, entry in ipairs(redis.call('LRANGE', pending, 0, most_pending - 1)) do
    local why = done[string.match(entry, '^{"sequence":(%d+),') or '']
    if why then
        redis.call('LREM', pending, 1, entry)
        removed = removed + 1
        local ok, draft = pcall(cjson.decode, entry)
        local name = ok and type(draft) == 'table' and draft.schedule
        if why ~= '' and type(name) == 'string' and redis.call('EXISTS', scheduler .. ':schedule:' .. name) == 1 then
            note_slot(scheduler, name, string.format('{"time":%d,"kind":"refused","why":%s,"job":%s}', now_ms(),
                cjson.encode(why), cjson.encode(tostring(draft.queue) .. '/' .. tostring(draft.id))))
        end
    end
end
return {'ok', removed}
