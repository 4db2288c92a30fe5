-- count(queue, now, field, amount): adds to a field of this hour's hash, <queue>:counts:<hours since 1970>; tally says
-- what it holds.
local function count(queue, now, field, amount)
    local key = queue .. ':counts:' .. string.format('%d', now / 3600000)
    if redis.call('HINCRBY', key, field, string.format('%d', amount)) == amount then
        redis.call('EXPIRE', key, '90000')
    end
end
