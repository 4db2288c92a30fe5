-- repeated(queue_key, worker, receipt, now, lease_ms): the reply to the claim of this receipt once more, with those of
-- its jobs that the worker still holds, under leases that begin now. Where the jobs have grown beyond what a reply may
-- hold, the last ones are left to their leases. Needs bounds, receipt.
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
            local n = #fields
            fields[n + 1], fields[n + 2], fields[n + 3] = token, attempt, id
            reply[#reply + 1] = fields
            reply[5] = suspected and 1 or reply[5]
        end
    end
    return reply
end
