-- server_age_ms(): how long this Redis has been up, in whole seconds; math.huge where it does not tell: the user may
-- not ask, or its clock was set back.
local function server_age_ms()
    local info = redis.pcall('INFO', 'server')
    local seconds = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
    return (tonumber(seconds) or math.huge) * 1000
end
