-- shorten_leases(queue_key, now, lease_ms): shortens up to 1,000 leases that end later than any may, because the clock
-- was set back, to one that begins now. Living workers renew theirs, and the jobs of dead workers come back. Needs
-- bounds.
local function shorten_leases(queue_key, now, lease_ms)
    local running_key, leases = queue_key .. ':running', {}
    local far = redis.call('ZRANGEBYSCORE', running_key, '(' .. string.format('%d', now + longest_lease_ms), '+inf',
        'LIMIT', 0, 1000)
    for _, id in ipairs(far) do
        leases[#leases + 1] = string.format('%d', now + lease_ms)
        leases[#leases + 1] = id
    end
    if #leases > 0 then
        redis.call('ZADD', running_key, unpack(leases))
    end
    -- This key would not expire for as long.
    redis.call('UNLINK', queue_key .. ':alone')
end
