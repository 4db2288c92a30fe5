-- rescue(queue, now, limit): running -> waiting for up to limit jobs whose lease ran out; the attempt is spent and
-- counted as a crash; the token goes, so that what the old owner still reports is stale and never taken for a call
-- sent twice. Three crashes end a job in error, so that one that kills its worker does not go round for ever;
-- one whose cancel was asked for is cancelled. Each leaves a line in the job's log. Needs wait, erase, settle,
-- attempt.
local crash_limit = 3

local function rescue(queue, now, limit)
    local expired = redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now, 'LIMIT', 0, limit)
    local endings = {}
    for _, id in ipairs(expired) do
        local job = queue .. ':job:' .. id
        local fields = redis.call('HMGET', job, 'state', 'attempt', 'worker', 'crashes', 'priority',
            'cancel_requested_at', 'retention_ms', 'object', 'started_at')
        if fields[1] ~= 'running' then
            redis.call('ZREM', queue .. ':running', id)
        else
            -- A hash that somebody made by hand may lack any of them, and an error here would stop all claims.
            local attempt, worker, started_at = tonumber(fields[2]) or 0, fields[3] or '', tonumber(fields[9]) or now
            local crashes = (tonumber(fields[4]) or 0) + 1
            local what = string.format('lease lost: worker %s did not renew it', worker)
            local line = string.format('{"time":%d,"level":"error","attempt":%d,"message":"%s (crash %d of %d)"}',
                now, attempt, what, crashes, crash_limit)
            note_attempt(queue, id, now, string.format(
                '{"attempt":%d,"end":"lease lost","started_at":%d,"worker":"%s"}', attempt, started_at, worker))
            redis.call('HSET', job, 'crashes', crashes)
            redis.call('HDEL', job, 'token')
            redis.call('HINCRBY', job, 'log_bytes', #line)
            redis.call('RPUSH', queue .. ':log:' .. id, line)
            if fields[6] then
                endings[#endings + 1] = {id, 'cancelled', false, fields[7], fields[8]}
            elseif crashes >= crash_limit then
                endings[#endings + 1] = {id, 'error', what .. ', ' .. crashes .. ' times', fields[7], fields[8]}
            else
                redis.call('HSET', job, 'state', 'waiting')
                redis.call('ZREM', queue .. ':running', id)
                wait(queue, id, fields[5], now)
            end
        end
    end
    settle(queue, 'running', now, endings)
end
