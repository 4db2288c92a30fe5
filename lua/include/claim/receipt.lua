-- A receipt says what a worker's last claim took. It stands in <queue>:claim:<worker> as "<number> <id> ...", so that a
-- claim whose reply was lost can be answered once more.

-- job_reply(fields, token, attempt, id): a job as it stands in the reply to a claim: fields, its hash as HGETALL gives
-- it, with token, attempt and id added at the end.
local function job_reply(fields, token, attempt, id)
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3] = token, attempt, id
    return fields
end

-- note_receipt(queue_key, worker, number, ids): writes the receipt of a claim and keeps it for a day. One lease would
-- be too short: while Redis comes and goes no lease is taken back, and a worker may wait long for an answer.
local function note_receipt(queue_key, worker, number, ids)
    local text = string.format('%d ', number) .. table.concat(ids, ' ')
    redis.call('SET', queue_key .. ':claim:' .. worker, text, 'PX', 86400000)
end

-- The highest number of a claim that is believed. No worker counts that far: a higher one was written by hand, and a
-- worker that went on from it would run out of numbers that script and worker both hold exactly.
local most_claims = 1e15

-- last_claim(queue_key, worker): the number of the last claim of the worker that is known, 0 for none, and its receipt.
-- Needs whole.
local function last_claim(queue_key, worker)
    local receipt = redis.call('GET', queue_key .. ':claim:' .. worker) or ''
    local number = whole(string.match(receipt, '^(%d+) ')) or 0
    return number <= most_claims and number or 0, receipt
end

-- receipt_ids(receipt): goes through the ids of what the claim of this receipt took.
local function receipt_ids(receipt)
    return string.gmatch(string.match(receipt, '^%d+ (.*)$') or '', '%S+')
end

-- repeated(queue_key, worker, receipt, now, lease_ms): the reply to the claim of this receipt once more, with those of
-- its jobs that the worker still holds, under leases that begin now. Where the jobs have grown beyond what a reply may
-- hold, the last ones are left to their leases. Needs bounds.
local function repeated(queue_key, worker, receipt, now, lease_ms)
    local reply, bytes = {'ok', 1, 0, now, 0}, 0
    for id in receipt_ids(receipt) do
        local job_key = queue_key .. ':job:' .. id
        local state, holder, suspected, token, attempt = unpack(redis.call('HMGET', job_key, 'state', 'worker',
            'suspect', 'token', 'attempt'), 1, 5)
        if state == 'running' and holder == worker then
            local fields = redis.call('HGETALL', job_key)
            for i = 1, #fields do
                bytes = bytes + #fields[i]
            end
            if bytes > most_claimed_bytes + most_job_bytes then
                break
            end
            redis.call('ZADD', queue_key .. ':running', now + lease_ms, id)
            -- Redis may have broken the claim off before it took the job out of this set.
            redis.call('ZREM', queue_key .. ':waiting', id)
            reply[#reply + 1] = job_reply(fields, token, attempt, id)
            reply[5] = suspected and 1 or reply[5]
        end
    end
    return reply
end
