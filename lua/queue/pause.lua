#!lua flags=allow-oom
-- pause: a queue that is claimed from <-> one that is not
-- No claim takes a waiting job of a paused queue. Running jobs go on, and a job that falls due or loses its lease waits
-- with the others. Resuming rings. Safe to send twice: the second call finds it so, or, when it arrives after somebody
-- said the opposite, changed.
-- KEYS[1]  queue  root of the queue's keys
-- ARGV[1]  word   pause or resume
-- ARGV[2]  by     who says so, as text
-- ARGV[3]  seen   the fields paused_at and resumed_at of meta that the caller saw, with a blank between them, "-" for
--                 one that it lacks; "" for any version
-- Returns  {"ok"}; {"already", since in ms, by whom} where it is paused, {"already"} where it is open; {"changed"};
--          {"invalid", "word", value, what would be right}
-- Touches  <queue>:meta, :wake; both share the queue's hash tag
-- Cost     O(1)
-- @include now
-- @include whole
-- @include ring
local queue_key, word, by, version = KEYS[1], ARGV[1], ARGV[2], ARGV[3] or ''
local meta_key = queue_key .. ':meta'
local paused_at, paused_by, resumed_at = unpack(redis.call('HMGET', meta_key, 'paused_at', 'paused_by', 'resumed_at'),
    1, 3)
local is_changed = version ~= '' and version ~= (paused_at or '-') .. ' ' .. (resumed_at or '-')
if word == 'pause' then
    if paused_at then
        return {'already', whole(paused_at) or 0, paused_by or ''}
    elseif is_changed then
        return {'changed'}
    end
    redis.call('HSET', meta_key, 'paused_at', now_ms(), 'paused_by', by)
elseif word == 'resume' then
    if not paused_at then
        return {'already'}
    elseif is_changed then
        return {'changed'}
    end
    redis.call('HDEL', meta_key, 'paused_at', 'paused_by')
    redis.call('HSET', meta_key, 'resumed_at', now_ms())
    ring(queue_key .. ':wake')
else
    return {'invalid', 'word', string.sub(word, 1, 128), 'pause or resume'}
end
return {'ok'}
