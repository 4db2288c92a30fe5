-- server_age_ms(): the least time (ms) that this Redis has been up: of the seconds that it tells, the last has only
-- begun. math.huge where it does not tell, because the user may not ask or its clock was set back.
local function server_age_ms()
    local info = redis.pcall('INFO', 'server')
    local seconds = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
    return seconds and math.max(0, tonumber(seconds) - 1) * 1000 or math.huge
end
