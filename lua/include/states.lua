-- The names of all states, and by that of the state sets; is_state tells whether a word is one, is_finished whether it
-- is one that no attempt follows on by itself.
local states = {'scheduled', 'waiting', 'running', 'successful', 'warning', 'error', 'cancelled'}
local is_state = {}
for _, state in ipairs(states) do
    is_state[state] = true
end
local is_finished = {successful = true, warning = true, error = true, cancelled = true}
