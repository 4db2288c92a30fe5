-- What tells that Redis was away, or its clock leapt, so that workers that live could not renew their leases: while a
-- lease runs, each worker of a queue is heard of at least every third of a lease, by its claims or its extensions.
-- <queue>:pulse holds when somebody was heard of last and until when lost leases are left alone (ms), for a day.

-- grace_ms(lease_ms): how long workers get to renew. One that rests between two attempts to connect is away for a third
-- of its lease, and for five seconds at the most.
local function grace_ms(lease_ms)
    return math.min(lease_ms, 12000)
end

-- lull(queue_key, now, lease_ms, lost): notes that the caller was heard of; lost is when the first lease of the queue
-- runs out, math.huge where there is none. Returns up to when a lease must have run out to be taken back now, and, if
-- leases are left alone, until when (ms), else nil; then whether the clock was set back. After a silence of half a
-- lease those leases are left alone for the grace that ran out in it; not those that had run out before, since their
-- owners had the time since then, unless an earlier silence had just ended. Needs whole.
local function lull(queue_key, now, lease_ms, lost)
    local pulse_key = queue_key .. ':pulse'
    local last, held = string.match(redis.call('GET', pulse_key) or '', '^(%d+) (%d+)$')
    last, held = whole(last), whole(held) or 0
    local before = held
    -- After the clock was set back it may be long until it shows that time again.
    held = math.min(held, now + grace_ms(lease_ms))
    local up_to = now < held and 0 or now
    if last and lost < math.huge and now - last > lease_ms / 2 then
        up_to = now < held and 0 or last
        held = now + grace_ms(lease_ms)
    end
    -- Under load it is written every now and then only.
    if not last or last > now or now - last >= 50 or held ~= before then
        redis.call('SET', pulse_key, string.format('%d %d', now, held), 'PX', 86400000)
    end
    return up_to, now < held and held or nil, last and last > now
end
