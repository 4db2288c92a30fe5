-- lull(queue, now, lease_ms): until when (ms) lost leases are to be left alone; nil while they are not. When no claim
-- came for half a lease (and six seconds: while the queue holds a job, an idle worker claims every five), Redis was
-- away or its clock leapt, and workers that live may not have been able to renew theirs: they get one lease's time to
-- do so. <queue>:pulse holds the time of the last claim and until when rescue waits (ms), for a day.
local function lull(queue, now, lease_ms)
    local pulse = queue .. ':pulse'
    local last, held = string.match(redis.call('GET', pulse) or '', '^(%d+) (%d+)$')
    last, held = tonumber(last), tonumber(held) or 0
    if last and last > now then
        -- The clock was set back: it may be long until it shows that time again.
        held = math.min(held, now + lease_ms)
    elseif last and now - last > math.max(lease_ms / 2, 6000) then
        held = now + lease_ms
    end
    redis.call('SET', pulse, string.format('%d %d', now, held), 'PX', 86400000)
    return now < held and held or nil
end
