#!lua
-- enqueue: nothing -> waiting | scheduled
-- Puts jobs into a queue. A job whose id exists already is left as it is, so the call may be sent twice while the job
-- is kept. Whoever sends it again because the answer was lost says so with the word again, and then a job that has
-- ended and gone meanwhile, within a minute of its enqueueing, is left alone too. A copy without that word that comes
-- so late runs such a job once more. All jobs are checked before the first is written: one bad job refuses the call. A
-- job's hash is written last, so that a job that exists is in its sets wherever Redis breaks the call off. Redis
-- refuses the call when memory is full. A payload stands in the field payload of the job's hash, or, a short one, cut
-- into payload.1, payload.2 and so on.
-- KEYS[1]  queue   root of the queue's keys, "martlet:{mail}"
-- ARGV[1]  limit   bytes that a payload may have
-- ARGV[2]  four for each job: id, type, payload, options
--            id, type  [A-Za-z0-9._-]{1,128}
--            payload   JSON; stored as given, never decoded here
--            options   a JSON object, or "" for none: priority (-100 to 100, higher first), delay_ms or due_at (ms),
--                      max_retries, time_limit_ms, backoff_ms, backoff_max_ms, retention_ms (0 keeps nothing), object,
--                      deadline or deadline_ms (from now), from which on no attempt starts;
--                      from a schedule also schedule (its name), slot (ms) and sequence: jobs come in the order of
--                      their sequences; one that is not beyond the last is passed over, and one more than a year
--                      ahead is refused; and disowned, a sequence that no schedule gave: where it stands as the last
--                      given, because somebody wrote it, the job is taken
--                      from an outbox: outbox (its name), sequence, and for the first job of a call after, the last
--                      sequence that the outbox knows as given: when the queue was given less or more, nothing is taken
--          then the word "parts", where all that read this queue's jobs read payloads in parts, and else nothing
--          then the word "again" and the time by TIME (ms) when the call was first sent, where it was sent before
-- Returns  {"ok", state, ...}  waiting, scheduled, exists or delivered (by its sequence, before) for each job, in order
--          {"behind", sequence}  the last that the outbox of the first job gave this queue: Redis has lost later ones
--          {"ahead", sequence, id}  the same: a reply was lost, or the outbox is another; id of its job, "" if unknown
--          {"invalid", number of the job from 1, field, value, what would be right}
-- Touches  <queue>:job:<id>, :waiting, :scheduled, :deadlines, :object:<object>, :fired:<schedule>, :meta, :wake,
--          :gone, :counts:<hour>; all share the queue's hash tag
-- Cost     O(log N) for each job
-- @include now
-- @include name
-- @include ring
-- @include count
-- @include cut
local rare
-- rarely(): the functions that only jobs with options need, and calls that are sent again. Redis makes all functions of
-- a script anew for each call, which for these takes a tenth of the time of a call without options.
local function rarely()
    if rare then
        return rare
    end
-- @include whole
-- @include set_waiting
-- @include set_scheduled
-- @include options
-- @include given
-- @include was_here
    rare = {
        waiting_score = waiting_score, set_scheduled = set_scheduled, read_options = read_options,
        add_options = add_options, given = given, note_given = note_given, was_here = was_here,
    }
    return rare
end

local function invalid(job, field, value, right)
    return {'invalid', job, field, string.sub(tostring(value), 1, 128), right}
end

local queue_key, limit, number_of_words = KEYS[1], tonumber(ARGV[1]), (#ARGV - 1) % 4
local in_parts = number_of_words % 2 == 1 and ARGV[#ARGV - number_of_words + 1] == 'parts'
local sent_at = number_of_words > 1 and ARGV[#ARGV - 1] == 'again' and tonumber(ARGV[#ARGV])
if not limit or #ARGV < 5 or (in_parts and 1 or 0) + (sent_at and 2 or 0) ~= number_of_words then
    return invalid(0, 'arguments', #ARGV, 'limit, then id, type, payload and options for each job')
end
local now = now_ms()
-- jobs holds the options of each job, false where it has none.
local jobs, job_keys, last_type = {}, {}, nil
for i = 2, #ARGV - number_of_words - 3, 4 do
    local number = #jobs + 1
    local id, type, payload, encoded = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    local options, field, value, right = false, nil, nil, nil
    if encoded ~= '' then
        options, field, value, right = rarely().read_options(encoded, now)
    end
    if not is_name(id) then
        return invalid(number, 'id', id, name_rule)
    elseif type ~= last_type and not is_name(type) then
        return invalid(number, 'type', type, name_rule)
    elseif payload == '' then
        return invalid(number, 'payload', payload, 'JSON')
    elseif #payload > limit then
        return invalid(number, 'payload', #payload .. ' bytes', 'at most ' .. limit .. ' bytes')
    elseif field then
        return invalid(number, field, value, right)
    elseif options == nil then
        return invalid(number, 'options', encoded, 'a JSON object, or an empty text')
    end
    last_type = type
    jobs[number], job_keys[number] = options, queue_key .. ':job:' .. id
end

local outbox, after = jobs[1] and jobs[1].outbox, jobs[1] and jobs[1].after
local giver = outbox and 'outbox ' .. outbox or 'delivered'
-- The highest sequence that this queue was given; read for the first job that has one.
local delivered, refusal
if after then
    delivered, refusal = rarely().given(queue_key, giver, after)
    if refusal then
        return refusal
    end
end
-- Almost always no job exists yet, which one question tells for up to 1,000 of them.
local may_exist = #job_keys > 1000 or redis.call('EXISTS', unpack(job_keys)) > 0
-- The time goes to Redis as text: it writes a number that a script hands it with 17 digits, which is slow.
local at = string.format('%d', now)
-- new holds the key and the fields of each job that does not exist yet; in a call with many, known holds the keys.
local reply, waiting, new, known = {'ok'}, {}, {}, #jobs > 1 and {}
local deadlines, highest, last
for number = 1, #jobs do
    local i = 4 * number - 2
    local id, type, payload = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local options, job_key = jobs[number], queue_key .. ':job:' .. id
    local sequence = options and options.sequence
    if sequence then
        delivered = delivered or rarely().given(queue_key, giver)
        if delivered == options.disowned then
            delivered = sequence - 1
        end
        if sequence > (highest or 0) then
            highest, last = sequence, id
        end
    end
    if (known and known[job_key]) or (may_exist and redis.call('EXISTS', job_key) == 1)
        or (sent_at and rarely().was_here(queue_key, id, sent_at)) then
        reply[number + 1] = 'exists'
    elseif sequence and sequence <= delivered then
        reply[number + 1] = 'delivered'
    else
        local due = options and (options.due_at or (options.delay_ms and now + options.delay_ms))
        local state = (due and due > now) and 'scheduled' or 'waiting'
        local fields = first_fields(job_key, type, payload, state, at, in_parts)
        if options then
            rarely().add_options(queue_key, id, fields, options, now)
            if options.deadline then
                deadlines = deadlines or {}
                deadlines[#deadlines + 1], deadlines[#deadlines + 2] = options.deadline, id
            end
        end
        if state == 'scheduled' then
            fields[#fields + 1] = 'due_at'
            fields[#fields + 1] = due
            rarely().set_scheduled(queue_key, id, due)
        else
            waiting[#waiting + 1] = options and options.priority and rarely().waiting_score(options.priority, now) or at
            waiting[#waiting + 1] = id
        end
        reply[number + 1] = state
        new[#new + 1] = fields
        if known then
            known[job_key] = true
        end
    end
end
for i = 1, #waiting, 1000 do
    redis.call('ZADD', queue_key .. ':waiting', unpack(waiting, i, math.min(i + 999, #waiting)))
end
for _, fields in ipairs(new) do
    redis.call('HSET', unpack(fields))
end
for i = 1, deadlines and #deadlines or 0, 1000 do
    redis.call('ZADD', queue_key .. ':deadlines', unpack(deadlines, i, math.min(i + 999, #deadlines)))
end
if highest and highest > delivered then
    rarely().note_given(queue_key, giver, highest, after and last)
end
if #waiting > 0 then
    ring(queue_key .. ':wake')
end
if #new > 0 then
    count(queue_key, now, 'enqueued', #new)
end
return reply
