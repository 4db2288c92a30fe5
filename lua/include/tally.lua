-- The key <queue>:counts:<hours since 1970> is a hash of what happened in a queue in that hour:
--   enqueued, restarted, retried, and the finished states
--   <type> error, <type> retried  jobs of the type that ended in error, and attempts of it that a retry follows
--   <type> wait <12ms, run <12ms  ended attempts that had waited, or ran, for less than this bound and at least the
--                                 one before it. The bounds are 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on to 12 days
--   types                         the types that have fields, at most 50; all others are counted as the type (other)
local most_types = 50

-- below(ms): the upper bound of the range that a duration (ms) is in; there are two ranges for each power of two.
local function below(ms)
    if ms < 1 then
        return 1
    end
    local fraction, exponent = math.frexp(math.min(ms, 1073741823))
    return math.ceil((fraction < 0.75 and 0.75 or 1) * 2 ^ exponent)
end

-- by_field(timings, amounts, now): adds the numbers of attempts by timing to amounts by field, and returns the type
-- that each of these fields belongs to. A timing is the text "<type> <wait, ms> <started, ms>", followed by error or
-- retried where the attempt ended so; "-" is a time that nobody knows.
local function by_field(timings, amounts, now)
    local owners = {}
    for text, amount in pairs(timings) do
        local type, wait, started, word = string.match(text, '^([%w._-]+) (%S+) (%S+) ?(%l*)$')
        wait, started = tonumber(wait), tonumber(started)
        local fields = {}
        if wait and started then
            fields[1] = string.format('%s wait <%dms', type, below(wait))
            fields[2] = string.format('%s run <%dms', type, below(now - started))
        end
        if type and word ~= '' then
            fields[#fields + 1] = type .. ' ' .. word
        end
        for _, field in ipairs(fields) do
            owners[field] = type
            amounts[field] = (amounts[field] or 0) + amount
        end
    end
    return owners
end

-- listed(types, type): the text types with this type in it; nil where there is no room for it.
local function listed(types, type)
    if string.find(' ' .. types .. ' ', ' ' .. type .. ' ', 1, true) then
        return types
    elseif select(2, string.gsub(types, '%S+', '')) < most_types then
        return types == '' and type or types .. ' ' .. type
    end
end

-- tally(queue_key, now, amounts, timings): adds to this hour's hash what a call did with up to 1,000 jobs: amounts by
-- field, at least one, and numbers of attempts by timing. It takes one read and one write, unless there are more types
-- than fit. Needs whole, count.
local function tally(queue_key, now, amounts, timings)
    local key = counts_key(queue_key, now)
    local owners = by_field(timings, amounts, now)
    local fields, changes = {'types'}, {}
    for field in pairs(amounts) do
        fields[#fields + 1] = field
    end
    local held = redis.pcall('HMGET', key, unpack(fields))
    if held.err then
        -- It holds no hash.
        count(queue_key, now, 'types', 0)
        redis.call('HDEL', key, 'types')
        held = redis.call('HMGET', key, unpack(fields))
    end
    local types = held[1] or ''
    for i = 2, #fields do
        local field, type = fields[i], owners[fields[i]]
        local with = type and listed(types, type)
        if type and not with then
            count(queue_key, now, '(other)' .. string.sub(field, #type + 1), amounts[field])
        else
            types = with or types
            changes[#changes + 1] = field
            changes[#changes + 1] = string.format('%d', (whole(held[i]) or 0) + amounts[field])
        end
    end
    if types ~= (held[1] or '') then
        changes[#changes + 1] = 'types'
        changes[#changes + 1] = types
    end
    if redis.call('HSET', key, unpack(changes)) > 0 then
        redis.call('EXPIRE', key, counts_kept_s)
    end
end
