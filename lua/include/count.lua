-- The key <queue>:counts:<hours since 1970> holds what happened in a queue in that hour; tally lists its fields. It
-- expires 25 hours after a field was last added.
local function counts_key(queue_key, now)
    return queue_key .. ':counts:' .. string.format('%d', now / 3600000)
end
local counts_kept_s = '90000'

-- count(queue_key, now, field, amount): adds amount to a field of this hour's hash. A field that holds no number,
-- because somebody wrote to it by hand, begins again with amount, and so does a key that holds no hash: counting fails
-- no transition.
local function count(queue_key, now, field, amount)
    local key, text = counts_key(queue_key, now), string.format('%d', amount)
    local total = redis.pcall('HINCRBY', key, field, text)
    if type(total) == 'table' then
        if string.find(total.err, 'WRONGTYPE', 1, true) then
            -- A producer has no right to remove keys, but to set how long this one is kept.
            redis.call('EXPIRE', key, '0')
        end
        redis.call('HSET', key, field, text)
    elseif total == amount then
        redis.call('EXPIRE', key, counts_kept_s)
    end
end
