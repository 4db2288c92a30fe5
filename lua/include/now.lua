-- now_ms(): Redis's clock in whole milliseconds. The only clock there is; a script reads it once and hands it down.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
