-- now_ms(): Redis's time in whole milliseconds. Scripts have no other clock; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
