extension Mutant {
    /// The bugs that job systems have had. Each is a change of the text of a script; one whose text is no longer there
    /// fails the hunt, so that it is brought up to date with the scripts.
    static let all: [Mutant] = [
        Mutant(
            name: "no-token-check",
            what: "whoever comes may write to a running job",
            edits: [("fields[2] ~= token then", "false then")]
        ),
        Mutant(
            name: "finish-not-idempotent",
            what: "an end that is sent twice is refused the second time",
            edits: [("{successful = true, warning = true, error = true, cancelled = true}", "{}")]
        ),
        Mutant(
            name: "write-before-guard",
            what: "finish takes the lease away before it has looked whose it is",
            edits: [
                (
                    "    local word = lease(fields, ARGV[i + 1], replayed)",
                    "    redis.call('ZREM', queue .. ':running', id)\n"
                        + "    local word = lease(fields, ARGV[i + 1], replayed)"
                )
            ]
        ),
        Mutant(
            name: "rescue-from-snapshot",
            what: "rescue takes what looked lost at the last claim, and does not look again",
            edits: [
                (
                    "local expired = redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now, 'LIMIT', 0, limit)",
                    """
                    local snapshot = queue .. ':snapshot'
                    local expired = redis.call('SMEMBERS', snapshot)
                    redis.call('DEL', snapshot)
                    for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue .. ':running', '-inf', now + 300)) do
                        redis.call('SADD', snapshot, id)
                    end
                    redis.call('PEXPIRE', snapshot, 1000)
                    """
                ), ("if fields[1] ~= 'running' then", "if not fields[1] then"),
                ("if lost <= now and not held then", "if not held then"),
            ]
        ),
        Mutant(name: "no-noscript-reload", what: "a script that Redis forgot stays forgotten", hidesNoScript: true),
        Mutant(
            name: "log-unfenced",
            what: "lines and progress of a lost lease are taken",
            edits: [("local word = lease(fields, token, {})", "local word = fields[1] and 'ok' or 'gone'")]
        ),
        Mutant(
            name: "log-appended-twice",
            what: "lines that are sent twice are there twice",
            edits: [("math.max(0, tonumber(next_line) - first) or 0", "0 or 0")]
        ),
        Mutant(
            name: "rescue-does-not-count",
            what: "an attempt that ended with its worker is not counted",
            edits: [
                (
                    "end\n    redis.call('HSET', job, 'state', 'waiting', 'due_at', now)",
                    "end\n    redis.call('HSET', job, 'state', 'waiting', 'attempt', fields[2] - 1)"
                )
            ]
        ),
        Mutant(
            name: "rescue-keeps-token",
            what: "a worker that lost its lease still holds a valid token",
            edits: [("redis.call('HDEL', job, 'token', 'suspect')", "")]
        ),
        Mutant(
            name: "rescue-too-early",
            what: "a lease is taken before it has run out",
            edits: [
                (":running', '-inf', now, 'LIMIT', 0, limit)", ":running', '-inf', now + 500, 'LIMIT', 0, limit)"),
                ("if lost <= now and not held then", "if not held then"),
            ]
        ),
        Mutant(
            name: "release-spends",
            what: "a job that a stopping worker gives back has an attempt less",
            edits: [("'state', word, 'attempt', math.max((tonumber(fields[6]) or 0) - 1, 0))", "'state', word)")]
        ),
        Mutant(
            name: "claim-without-lease",
            what: "a claimed job is in no set, so that nobody takes it back",
            edits: [("redis.call('ZADD', running, unpack(leases))", "")]
        ),
        Mutant(
            name: "claim-not-repeatable",
            what: "jobs whose claim was answered into the void are left to their leases",
            edits: [("if again then", "if false then")],
            profile: .losses
        ),
        Mutant(
            name: "claim-keeps-token",
            what: "two attempts have the same token",
            edits: [
                (
                    "        redis.call('HSET', job, 'state', 'running', 'attempt'",
                    "        local token = redis.call('HGET', job, 'token') or token\n"
                        + "        redis.call('HSET', job, 'state', 'running', 'attempt'"
                )
            ]
        ),
        Mutant(
            name: "promote-drops",
            what: "a job that falls due leaves the scheduled ones and comes nowhere",
            edits: [("wait(queue, id, fields[2], tonumber(due[i + 1]))", "")]
        ),
        Mutant(
            name: "enqueue-overwrites",
            what: "a job is put in over one of the same id",
            edits: [("if redis.call('EXISTS', job) == 1 then", "if false then")]
        ),
        Mutant(
            name: "retry-stays-running",
            what: "a job that is tried again keeps its lease",
            edits: [("redis.call('ZREM', queue .. ':running', id)\n    schedule(", "schedule(")]
        ),
        Mutant(
            name: "cancel-stays-waiting",
            what: "a cancelled job is still among the waiting",
            edits: [("settle(queue, state, now, {{id, 'cancelled'", "settle(queue, 'running', now, {{id, 'cancelled'")]
        ),
        Mutant(
            name: "report-ignored",
            what: "a job that reported a warning counts as successful",
            edits: [("(outcome == 'successful' and report ~= '') and report or outcome", "outcome")]
        ),
        Mutant(
            name: "erase-leaves-log",
            what: "the log of a deleted job stays",
            edits: [("keys[#keys + 1] = queue .. ':log:' .. id", "")]
        ),
        Mutant(
            name: "erase-leaves-object",
            what: "a deleted job stays listed for its object",
            edits: [("redis.call('ZREM', queue .. ':object:' .. object, id)", "")]
        ),
    ]
}
