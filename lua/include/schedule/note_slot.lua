-- note_slot(scheduler, name, line): puts a line, a JSON object, on top of a schedule's ledger, which keeps the last
-- 1,000.
local function note_slot(scheduler, name, line)
    local ledger = scheduler .. ':slots:' .. name
    redis.call('LPUSH', ledger, line)
    redis.call('LTRIM', ledger, 0, 999)
end
