-- A receipt says what a worker's last claim took. It stands in <queue>:claim:<worker> as "<number> <id> ...", so that a
-- claim whose reply was lost can be answered once more.

-- note_receipt(queue_key, worker, number, ids): writes the receipt of a claim, whose number is a text, and keeps it for
-- a day. One lease would be too short: while Redis comes and goes no lease is taken back, and a worker may wait long
-- for an answer.
local function note_receipt(queue_key, worker, number, ids)
    redis.call('SET', queue_key .. ':claim:' .. worker, number .. ' ' .. table.concat(ids, ' '), 'PX', '86400000')
end

-- The highest number of a claim that is believed. No worker counts that far: a higher one was written by hand, and a
-- worker that went on from it would run out of numbers that script and worker both hold exactly.
local most_claims = 1e15

-- last_claim(queue_key, worker): the number of the last claim of the worker that is known, 0 for none, and its receipt.
local function last_claim(queue_key, worker)
    local receipt = redis.call('GET', queue_key .. ':claim:' .. worker) or ''
    local number = tonumber(string.match(receipt, '^(%d+) ')) or 0
    return number <= most_claims and number or 0, receipt
end

-- receipt_ids(receipt): goes through the ids of what the claim of this receipt took.
local function receipt_ids(receipt)
    return string.gmatch(string.match(receipt, '^%d+ (.*)$') or '', '%S+')
end
