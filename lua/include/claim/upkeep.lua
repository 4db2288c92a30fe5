-- upkeep(queue_key, now, lease_ms, crash_limit): what a claim does for the whole queue before it takes jobs: takes back
-- up to 20 jobs whose lease ran out, and up to 100 that are due become waiting. Returns when the next job falls due and
-- when the next lease runs out (ms), math.huge where there is none. Needs bounds, earliest, lull,
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
    -- A lost lease that is left alone is no reason to ask again before.
    return due, math.max(lost, held or 0)
end
