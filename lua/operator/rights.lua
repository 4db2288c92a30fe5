#!lua flags=no-writes
-- rights: nothing changes
-- Lists those of the given commands that the calling user may not run on the given keys, so that no script breaks off
-- in the middle for lack of a right. Redis's own rules are asked, and none of the commands is run. Reads only, so it
-- may be sent at any time.
-- KEYS[1]  key   one that the scripts asked about are given
-- ARGV[1]  two for each group: commands, "HSET|ZADD|SCRIPT LOAD", and keys, "martlet:{mail}:waiting|martlet:queues"
-- Returns  {"ok", refusal, ...}  "ZADD|martlet:{mail}:waiting" for each command that is refused, with the key
-- Touches  nothing
-- Cost     O(commands x keys)
local reply = {'ok'}
for i = 1, #ARGV, 2 do
    for command in string.gmatch(ARGV[i], '[^|]+') do
        local words = {}
        for word in string.gmatch(command, '%S+') do
            words[#words + 1] = word
        end
        for key in string.gmatch(ARGV[i + 1], '[^|]+') do
            -- The key comes twice, since some commands take a number or another key behind it.
            words[#words + 1] = key
            words[#words + 1] = key
            if not redis.acl_check_cmd(unpack(words)) then
                reply[#reply + 1] = command .. '|' .. key
            end
            words[#words] = nil
            words[#words] = nil
        end
    end
end
return reply
