-- earliest(set_key): the time (ms) at which the first of a set that is sorted by time falls due or loses its lease;
-- math.huge of an empty one.
local function earliest(set_key)
    local _, time = unpack(redis.call('ZRANGE', set_key, 0, 0, 'WITHSCORES'))
    return tonumber(time) or math.huge
end

-- until_first(due, lost, now): how long until then (ms); -1 where there is neither.
local function until_first(due, lost, now)
    local first = math.min(due, lost)
    return first < math.huge and math.max(0, first - now) or -1
end
