-- What a worker's last claim took stands in <queue>:claim:<worker>, "<number> <id> ...", for when the reply is lost.

-- brought(fields, token, attempt, id): a job as a claim's reply has it, of its hash as HGETALL gives it.
local function brought(fields, token, attempt, id)
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3] = token, attempt, id
    return fields
end

-- note_receipt(queue, worker, number, ids): keeps it for a day, and not for a lease only: while Redis comes and goes
-- nobody's lease is taken, and a worker may be long without an answer.
local function note_receipt(queue, worker, number, ids)
    redis.call('SET', queue .. ':claim:' .. worker, number .. ' ' .. table.concat(ids, ' '), 'PX', 86400000)
end

-- repeated(queue, worker, number, now, lease_ms): the reply to that claim once more, with what of its jobs the worker
-- still holds, under leases that begin now. Nil when its last claim was another one, or took nothing.
local function repeated(queue, worker, number, now, lease_ms)
    local receipt = queue .. ':claim:' .. worker
    local last = redis.call('GET', receipt)
    if not last or string.sub(last, 1, #number + 1) ~= number .. ' ' then
        return nil
    end
    local reply = {'ok', 1, 0, now, 0}
    for id in string.gmatch(string.sub(last, #number + 2), '%S+') do
        local job = queue .. ':job:' .. id
        local held = redis.call('HMGET', job, 'state', 'worker', 'suspect', 'token', 'attempt')
        if held[1] == 'running' and held[2] == worker then
            redis.call('ZADD', queue .. ':running', now + lease_ms, id)
            reply[#reply + 1] = brought(redis.call('HGETALL', job), held[4], held[5], id)
            reply[5] = held[3] and 1 or reply[5]
        end
    end
    return reply
end
