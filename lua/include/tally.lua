-- What happened in a queue stands in <queue>:counts:<hours since 1970>, a hash for each hour, kept for the day after:
--   enqueued, restarted, retried, and the finished states
--   <type> error, <type> retried  jobs that ended so, attempts after which there is to be another
--   <type> wait <12ms, run <12ms  attempts that ended and had waited, and then ran, for less than so long, but not for
--                                 less than the bound before it: 1, 2, 3, 4, 6, 8, 12, 16, 24 and on to 12 days
--   types                         those that have fields, at most 50; all others together are the type (other)
local most_types = 50

-- below(ms): the end of the range that a duration is in; there are two for each power of two.
local function below(ms)
    if ms < 1 then
        return 1
    end
    local fraction, exponent = math.frexp(math.min(ms, 1073741823))
    return math.ceil((fraction < 0.75 and 0.75 or 1) * 2 ^ exponent)
end

-- by_field(timings, amounts, now): adds amounts by timing to those by field, and returns the type of each such field. A
-- timing is a text, "<type> <wait, ms> <started, ms>", and behind it error or retried where the attempt ended so; "-"
-- is a time that nobody knows.
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

-- listed(types, type): the text of types with this one in it; nil where there is no room.
local function listed(types, type)
    if string.find(' ' .. types .. ' ', ' ' .. type .. ' ', 1, true) then
        return types
    elseif select(2, string.gsub(types, '%S+', '')) < most_types then
        return types == '' and type or types .. ' ' .. type
    end
end

-- tally(queue_key, now, amounts, timings): adds to this hour's hash what a call did with up to 1,000 jobs: amounts by
-- field, one at least, and by timing. One read and one write, unless there are more types than fit. Needs whole, count.
local function tally(queue_key, now, amounts, timings)
    local key = counts_key(queue_key, now)
    local owners = by_field(timings, amounts, now)
    local fields, changes = {'types'}, {}
    for field in pairs(amounts) do
        fields[#fields + 1] = field
    end
    local held = redis.call('HMGET', key, unpack(fields))
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
