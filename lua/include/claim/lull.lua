-- A lull is a time in which no worker of a queue was heard of although a lease ran: Redis was away or its clock leapt,
-- so that living workers could not renew their leases. While a lease runs, each worker of a queue is heard of at least
-- every third of a lease, by its claims or its extensions. <queue>:pulse holds for a day when a worker was heard of
-- last and until when lost leases are left alone (ms).

-- grace_ms(lease_ms): the time (ms) that workers get to renew after a lull: one lease, and at most 12 s. A worker that
-- rests between two attempts to connect is away for a third of its lease, and for at most five seconds.
local function grace_ms(lease_ms)
    return math.min(lease_ms, 12000)
end

-- lull(queue_key, now, lease_ms, lost): looks whether there was a lull until now. lost is the time (ms) at which the
-- first lease of the queue runs out, math.huge where there is none. Returns the time (ms) up to which a lease must have
-- run out to be taken back now; the time (ms) until which leases are left alone, else nil; whether the clock was set
-- back; and the pulse to be noted, nil where that is not needed. The leases that ran out during a silence of more than
-- half a lease are left alone for the grace. Those that had run out before it are taken back, since their owners had
-- the time to renew, unless an earlier silence had just ended. Needs whole.
local function lull(queue_key, now, lease_ms, lost)
    local last, held = string.match(redis.call('GET', queue_key .. ':pulse') or '', '^(%d+) (%d+)$')
    last, held = tonumber(last), tonumber(held) or 0
    local before = held
    -- A time that was noted before the clock was set back may be far ahead.
    held = math.min(held, now + grace_ms(lease_ms))
    local up_to = now < held and 0 or now
    if last and lost < math.huge and now - last > lease_ms / 2 then
        up_to = now < held and 0 or last
        held = now + grace_ms(lease_ms)
    end
    -- Under load the pulse is written at most every 50 ms.
    local is_noted = last and last <= now and now - last < 50 and held == before
    return up_to, now < held and held or nil, last and last > now,
        not is_noted and string.format('%d %d', now, held) or nil
end

-- note_pulse(queue_key, pulse): notes that the caller was heard of. It comes after the writes for which the caller was
-- there: where Redis breaks those off for a while, nobody could renew a lease, and that is a lull.
local function note_pulse(queue_key, pulse)
    if pulse then
        redis.call('SET', queue_key .. ':pulse', pulse, 'PX', '86400000')
    end
end
