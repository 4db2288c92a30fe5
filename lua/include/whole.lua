-- whole(text, low, high): the whole number that a text from a hash, a list or a score holds, cut to these bounds, which
-- are 0 and 9 x 10^15 where none are given. Nil where the text is no number: whoever may write to Redis can leave
-- anything there, and no transition may break off because of it.
local function whole(text, low, high)
    local number = tonumber(text)
    if not number or number ~= number then
        return nil
    end
    low, high = low or 0, high or 9e15
    if number < low then
        return low
    end
    return number > high and high or number - number % 1
end

-- The latest time (ms) that is accepted, and the longest span (ms).
local last_ms = 9999999999999
local century_ms = 3155760000000
