-- Programs that declare schedules say so once a minute; the word of one holds for so long after that, in milliseconds.
local program_lease_ms = 100000

-- note_program(scheduler, program, now): a program declares schedules, now.
local function note_program(scheduler, program, now)
    local programs = scheduler .. ':programs'
    redis.call('ZREMRANGEBYSCORE', programs, '-inf', now)
    redis.call('ZADD', programs, now + program_lease_ms, program)
    redis.call('PEXPIRE', programs, program_lease_ms)
end

-- is_living(scheduler, program, now): whether a program declares schedules still. A time that is later than it may be,
-- because Redis's clock was set back, says nothing.
local function is_living(scheduler, program, now)
    local left = (tonumber(redis.call('ZSCORE', scheduler .. ':programs', program)) or 0) - now
    return left > 0 and left <= program_lease_ms
end

-- is_removed(scheduler, name, started): whether an operator removed a schedule after a program had started (ms).
local function is_removed(scheduler, name, started)
    local removed_at = tonumber(redis.call('ZSCORE', scheduler .. ':removed', name))
    return removed_at ~= nil and removed_at >= started
end
