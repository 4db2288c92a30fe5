-- The time (ms) for which a program counts as declaring after it said so. Programs say so once a minute.
local program_lease_ms = 100000

-- note_program(scheduler, program, now): notes that a program declares schedules now.
local function note_program(scheduler, program, now)
    local programs = scheduler .. ':programs'
    redis.call('ZREMRANGEBYSCORE', programs, '-inf', now)
    redis.call('ZADD', programs, now + program_lease_ms, program)
    redis.call('PEXPIRE', programs, program_lease_ms)
end

-- is_living(scheduler, program, now): tells whether a program still declares schedules. A time that is later than it
-- may be, because Redis's clock was set back, does not count.
local function is_living(scheduler, program, now)
    local left = (tonumber(redis.call('ZSCORE', scheduler .. ':programs', program)) or 0) - now
    return left > 0 and left <= program_lease_ms
end

-- is_removed(scheduler, name, started): tells whether an operator removed a schedule since a program started (ms).
local function is_removed(scheduler, name, started)
    local removed_at = tonumber(redis.call('ZSCORE', scheduler .. ':removed', name))
    return removed_at ~= nil and removed_at >= started
end
