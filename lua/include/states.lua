-- states: the names of all states, and by that of the state sets; is_state tells whether a word is one.
local states = {'scheduled', 'waiting', 'running', 'successful', 'warning', 'error', 'cancelled'}
local is_state = {}
for _, state in ipairs(states) do
    is_state[state] = true
end
