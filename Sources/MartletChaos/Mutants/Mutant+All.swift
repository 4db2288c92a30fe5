extension Mutant {
    /// The bugs that job systems have had.
    ///
    /// Each is a change of the text of a script; one whose text is no longer there fails the hunt, so that it is
    /// brought up to date with the scripts.
    static let all: [Mutant] = [
        Mutant(
            name: "no-token-check",
            what: "whoever comes may write to a running job",
            edits: [("token ~= own_token then", "false then")]
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
                    "    local word = lease(state, token, own_token, replayed)",
                    "    redis.call('ZREM', queue_key .. ':running', id)\n"
                        + "    local word = lease(state, token, own_token, replayed)"
                )
            ]
        ),
        Mutant(
            name: "rescue-from-snapshot",
            what: "rescue takes what looked lost at the last claim, and does not look again",
            edits: [
                (
                    "local expired = redis.call('ZRANGEBYSCORE', running_key, '-inf', up_to, 'LIMIT', 0, limit)",
                    """
                    local snapshot = queue_key .. ':snapshot'
                    local expired = redis.call('SMEMBERS', snapshot)
                    redis.call('DEL', snapshot)
                    for _, id in ipairs(redis.call('ZRANGEBYSCORE', running_key, '-inf', now + 300)) do
                        redis.call('SADD', snapshot, id)
                    end
                    redis.call('PEXPIRE', snapshot, 1000)
                    """
                ), ("if job.state ~= 'running' then", "if not job.state then"),
                ("if lost <= up_to then", "if not held then"),
            ]
        ),
        Mutant(name: "no-noscript-reload", what: "a script that Redis forgot stays forgotten", hidesNoScript: true),
        Mutant(
            name: "log-unfenced",
            what: "lines and progress of a lost lease are taken",
            edits: [
                (
                    "local word = lease(state, token, own_token, {})\nif word ~=",
                    "local word = state and 'ok' or 'gone'\nif word ~="
                )
            ]
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
                    "is_doubtful and math.max(job.attempt - 1, 0) or job.attempt))",
                    "math.max(job.attempt - 1, 0)))"
                )
            ]
        ),
        Mutant(
            name: "rescue-keeps-token",
            what: "a worker that lost its lease still holds a valid token",
            edits: [("    redis.call('HDEL', job_key, 'token')\n    local fields", "    local fields")]
        ),
        Mutant(
            name: "rescue-too-early",
            what: "a lease is taken before it has run out",
            edits: [
                (
                    "running_key, '-inf', up_to, 'LIMIT', 0, limit)",
                    "running_key, '-inf', now + 500, 'LIMIT', 0, limit)"
                ),
                ("if lost <= up_to then", "if not held then"),
            ]
        ),
        Mutant(
            name: "release-spends",
            what: "a job that a stopping worker gives back has an attempt less",
            edits: [
                (
                    "priority, deadline,\n        {'attempt', math.max((whole(attempt) or 0) - 1, 0)})",
                    "priority, deadline, {'state', 'waiting'})"
                )
            ]
        ),
        Mutant(
            name: "claim-without-lease",
            what: "a claimed job is in no set, so that nobody takes it back",
            edits: [("redis.call('ZADD', queue_key .. ':running', unpack(leases))", "")]
        ),
        Mutant(
            name: "claim-not-repeatable",
            what: "jobs whose claim was answered into the void are left to their leases",
            edits: [("elseif last == number then", "elseif false then")],
            profile: .losses
        ),
        Mutant(
            name: "claim-keeps-token",
            what: "two attempts have the same token",
            edits: [
                (
                    "        local job = reply[5 + i]\n",
                    "        local job = reply[5 + i]\n"
                        + "        local token = redis.call('HGET', queue_key .. ':job:' .. id, 'token') or token\n"
                )
            ]
        ),
        Mutant(
            name: "promote-drops",
            what: "a job that falls due leaves the scheduled ones and comes nowhere",
            edits: [("set_waiting(queue_key, id, priority, whole(at, 0, last_ms))", "")]
        ),
        Mutant(
            name: "enqueue-overwrites",
            what: "a job is put in over one of the same id",
            edits: [
                (
                    "if (known and known[job_key]) or (may_exist and redis.call('EXISTS', job_key) == 1)\n",
                    "if false\n"
                )
            ]
        ),
        Mutant(
            name: "retry-stays-running",
            what: "a job that is tried again keeps its lease",
            edits: [
                ("    end\n    redis.call('ZREM', queue_key .. ':running', id)\nend", "    end\nend")
            ]
        ),
        Mutant(
            name: "cancel-stays-waiting",
            what: "a cancelled job is still among the waiting",
            edits: [("settle(queue_key, state, now, {{id = id,", "settle(queue_key, 'running', now, {{id = id,")]
        ),
        Mutant(
            name: "report-ignored",
            what: "a job that reported a warning counts as successful",
            edits: [("(outcome == 'successful' and report ~= '') and report or outcome", "outcome")]
        ),
        Mutant(
            name: "erase-leaves-log",
            what: "the log of a deleted job stays",
            edits: [("keys[#keys + 1] = queue_key .. ':log:' .. id", "")]
        ),
        Mutant(
            name: "erase-leaves-object",
            what: "a deleted job stays listed for its object",
            edits: [("redis.call('ZREM', queue_key .. ':object:' .. job.object, id)", "")]
        ),
        Mutant(
            name: "extend-unheard",
            what: "a worker that renews its leases is not heard of, so that a queue of full workers looks silent",
            edits: [("lull(queue_key, now, lease_ms, lost)\n    note_pulse(queue_key, pulse)\nend", "nil\nend")],
            test:
                "a dead worker's job runs again within its lease and the longest running job, however busy the others are"
        ),
        Mutant(
            name: "left-before-entered",
            what: "a job leaves its set before it enters the next, and is in none where Redis breaks the script off",
            edits: [
                (
                    "    for state, members in pairs(finished) do\n",
                    "    redis.call('ZREM', queue_key .. ':' .. from, unpack(ids))\n"
                        + "    for state, members in pairs(finished) do\n"
                )
            ],
            test: "what a call that was broken off leaves is found and repaired, and a job is never in no state set"
        ),
        Mutant(
            name: "late-claim-takes",
            what: "a claim that arrives after a later one takes jobs that nobody knows of",
            edits: [("if last > number or (last == number and not again) then", "if false then")],
            test: "a late copy of a claim takes nothing"
        ),
        Mutant(
            name: "claim-believes-the-set",
            what: "what stands among the waiting jobs is run, whatever its hash says",
            edits: [("if not type or state ~= 'waiting' then", "if not type then")],
            test: "a claim takes only what waits by its hash"
        ),
        Mutant(
            name: "deadline-only-swept",
            what: "a claim gives out a job whose deadline has passed where the list of deadlines does not have it",
            edits: [("elseif deadline and (whole(deadline) or 0) <= now then", "elseif false then")],
            test: "a job that is not in the list is not started after its deadline either"
        ),
        Mutant(
            name: "prune-believes-the-set",
            what: "what stands among the finished jobs is deleted, whatever its hash says",
            edits: [
                (
                    "if state and (not is_finished[state] or (found ~= expiring_key and found ~= set_key)) then",
                    "if false then"
                )
            ],
            test: "prune leaves a job alone that has not finished, and drops the old entry"
        ),
    ]
}
