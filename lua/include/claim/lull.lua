-- A lull is a time in which no worker of a queue was heard of although a lease ran: Redis was away or its clock leapt,
-- so that living workers could not renew their leases. While a lease runs, each worker of a queue is heard of at least
-- every third of a lease, by its claims or its extensions. <queue>:pulse holds for a day when a worker was heard of
-- last and until when lost leases are left alone (ms).

-- grace_ms(lease_ms): the time (ms) that workers get to renew after a lull: one lease, and at most 12 s. A worker that
-- rests between two attempts to connect is away for a third of its lease, and for at most five seconds.
local function grace_ms(lease_ms)
    return math.min(lease_ms, 12000)
end

-- lull(queue_key, now, lease_ms, lost): notes that the caller was heard of. lost is the time (ms) at which the first
-- lease of the queue runs out, math.huge where there is none. Returns the time (ms) up to which a lease must have run
-- out to be taken back now; the time (ms) until which leases are left alone, else nil; and whether the clock was set
-- back. The leases that ran out during a silence of more than half a lease are left alone for the grace. Those that had
-- run out before it are taken back, since their owners had the time to renew, unless an earlier silence had just ended.
-- Needs whole.
local function lull(queue_key, now, lease_ms, lost)
    local pulse_key = queue_key .. ':pulse'
    local last, held = string.match(redis.call('GET', pulse_key) or '', '^(%d+) (%d+)$')
    last, held = whole(last), whole(held) or 0
    local before = held
    -- A time that was noted before the clock was set back may be far ahead.
    held = math.min(held, now + grace_ms(lease_ms))
    local up_to = now < held and 0 or now
    if last and lost < math.huge and now - last > lease_ms / 2 then
        up_to = now < held and 0 or last
        held = now + grace_ms(lease_ms)
    end
    -- Under load the pulse is written at most every 50 ms.
    if not last or last > now or now - last >= 50 or held ~= before then
        redis.call('SET', pulse_key, string.format('%d %d', now, held), 'PX', 86400000)
    end
    return up_to, now < held and held or nil, last and last > now
end
