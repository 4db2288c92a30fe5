-- server_age_ms(): how long this Redis has been up at least: it tells seconds that have begun. math.huge where it does
-- not tell: the user may not ask, or its clock was set back.
local function server_age_ms()
    local info = redis.pcall('INFO', 'server')
    local seconds = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
    return seconds and math.max(0, tonumber(seconds) - 1) * 1000 or math.huge
end
