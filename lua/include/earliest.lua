-- earliest(set_key): the lowest time (ms) in a set that is sorted by time, when its first job falls due or loses its
-- lease; math.huge where the set is empty.
local function earliest(set_key)
    local _, time = unpack(redis.call('ZRANGE', set_key, 0, 0, 'WITHSCORES'))
    return tonumber(time) or math.huge
end

-- until_first(due, lost, now): the time (ms) from now until the earlier of the two, at least 0; -1 where both are
-- math.huge.
local function until_first(due, lost, now)
    local first = math.min(due, lost)
    return first < math.huge and math.max(0, first - now) or -1
end
