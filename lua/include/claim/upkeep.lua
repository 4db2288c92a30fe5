-- upkeep(queue_key, now, lease_ms, crash_limit): serves the whole queue before a claim takes jobs. It takes back up to
-- 20 jobs whose lease ran out, and up to 100 jobs that are due become waiting. Returns the times (ms) at which the next
-- job falls due and the next lease runs out, math.huge where there is none. Needs bounds, earliest, lull,
-- shorten_leases, rescue, promote.
local function upkeep(queue_key, now, lease_ms, crash_limit)
    local running, scheduled = queue_key .. ':running', queue_key .. ':scheduled'
    local due, lost = earliest(scheduled), earliest(running)
    local up_to, held, is_set_back = lull(queue_key, now, lease_ms, lost)
    if is_set_back or (lost > now + longest_lease_ms and lost < math.huge) then
        shorten_leases(queue_key, now, lease_ms)
        lost = earliest(running)
    end
    if lost <= up_to then
        held = rescue(queue_key, now, up_to, 20, lease_ms, crash_limit) or held
        lost = earliest(running)
    end
    if due <= now then
        promote(queue_key, now, 100)
        due = earliest(scheduled)
    end
    -- A lost lease that is left alone is no reason to claim again before that time ends.
    return due, math.max(lost, held or 0)
end
