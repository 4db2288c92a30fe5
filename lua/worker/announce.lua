#!lua flags=allow-oom
-- announce: writes down what a worker process says of itself
-- The fields and the time that they stay are written together, so that nothing of a dead worker stays for ever. Safe to
-- send twice.
-- KEYS[1]  worker      hash of the worker process, "martlet:worker:<id>"
-- ARGV[1]  silence_ms  time without news of it after which the hash goes
-- ARGV[2]  two for each field, at most 100 fields: its name and its value
-- Returns  {"ok"}
-- Touches  nothing else
-- Cost     O(fields)
local worker_key, silence_ms = KEYS[1], ARGV[1]
local fields = {}
for i = 2, #ARGV do
    fields[#fields + 1] = ARGV[i]
end
redis.call('HSET', worker_key, unpack(fields))
redis.call('PEXPIRE', worker_key, silence_ms)
return {'ok'}
