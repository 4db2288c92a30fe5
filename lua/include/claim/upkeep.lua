-- upkeep(queue_key, now, lease_ms, crash_limit, rarely): serves the whole queue before a claim takes jobs. It takes
-- back up to 20 jobs whose lease ran out, and up to 100 jobs that are due become waiting. rarely gives shorten_leases,
-- rescue and promote. Returns the times (ms) at which the next job falls due and the next lease runs out, math.huge
-- where there is none. Needs bounds, earliest, lull.
local function upkeep(queue_key, now, lease_ms, crash_limit, rarely)
    local running, scheduled = queue_key .. ':running', queue_key .. ':scheduled'
    local due, lost = earliest(scheduled), earliest(running)
    local up_to, held, is_set_back, pulse = lull(queue_key, now, lease_ms, lost)
    if is_set_back or (lost > now + longest_lease_ms and lost < math.huge) then
        rarely().shorten_leases(queue_key, now, lease_ms)
        lost = earliest(running)
    end
    if lost <= up_to then
        held = rarely().rescue(queue_key, now, up_to, 20, lease_ms, crash_limit) or held
        lost = earliest(running)
    end
    if due <= now then
        rarely().promote(queue_key, now, 100)
        due = earliest(scheduled)
    end
    note_pulse(queue_key, pulse)
    -- A lost lease that is left alone is no reason to claim again before that time ends.
    return due, math.max(lost, held or 0)
end
