-- The names of all states, which are those of the state sets too. is_state tells whether a word is one of them,
-- is_finished whether it is a finished one, after which no attempt follows by itself.
local states = {'scheduled', 'waiting', 'running', 'successful', 'warning', 'error', 'cancelled'}
local is_state = {}
for _, state in ipairs(states) do
    is_state[state] = true
end
local is_finished = {successful = true, warning = true, error = true, cancelled = true}
