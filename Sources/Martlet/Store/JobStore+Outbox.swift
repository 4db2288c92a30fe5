internal import MartletScripts
internal import RedisClient

/// A job on its way from an outbox to its queue.
package struct OutboxedJob: Sendable {
    /// The number of the job in the outbox; numbers only grow.
    package let sequence: Int64
    package let job: NewJob

    package init(sequence: Int64, job: NewJob) {
        self.sequence = sequence
        self.job = job
    }
}

/// The answer of a queue to jobs from an outbox.
package enum OutboxReply: Sendable, Hashable {
    /// The queue has all of them.
    case taken
    /// The queue has lost the last jobs that it was given, and knows them up to this number; nothing was taken.
    case behind(Int64)
    /// The queue was given more than the outbox knows, up to this number; nothing was taken.
    ///
    /// `job` is the id of the last job after the slash, nil when the release that gave it did not note it.
    case ahead(Int64, job: String?)
    /// The job at this place, counted from 0, is not acceptable for this reason; nothing was taken.
    case refused(Int, String)
}

extension JobStore {
    /// Enqueues jobs of one queue in the order of their numbers (`lua/job/enqueue.lua`).
    ///
    /// Each job is taken once, however often it is sent and whatever became of it. `after` is the number of the last
    /// job that this queue was given, as the outbox knows it; 0 for none.
    package func enqueue(
        _ jobs: some Collection<OutboxedJob>,
        queue: String,
        outbox: String,
        after: Int64,
        payloadLimit: Int
    ) async throws(JobError) -> OutboxReply {
        var arguments: [RedisArgument] = [RedisArgument(payloadLimit)]
        arguments.reserveCapacity(2 + 4 * jobs.count)
        var before: Int64? = after
        for outboxed in jobs {
            let job = outboxed.job
            var options = JSONObjectText()
            options.append("outbox", outbox)
            options.append("sequence", outboxed.sequence)
            if let after = before { options.append("after", after) }
            before = nil
            options.append(job.wireOptions)
            arguments.append(RedisArgument(job.id.local))
            arguments.append(RedisArgument(job.type))
            arguments.append(RedisArgument(job.payload))
            arguments.append(RedisArgument(options.text))
        }
        if checks.mayCutPayloads { arguments.append("parts") }
        let reply = try await run(.enqueue, on: keys.queue(queue), arguments)
        switch reply.word {
        case "ok": return .taken
        case "behind":
            guard let last = reply.rest.first?.int else { throw reply.malformed() }
            return .behind(Int64(last))
        case "ahead":
            let rest = Array(reply.rest)
            guard rest.count == 2, let last = rest[0].int, let job = rest[1].string else { throw reply.malformed() }
            return .ahead(Int64(last), job: job.isEmpty ? nil : job)
        case "invalid":
            guard let place = reply.refusedJob(of: jobs.count) else { throw reply.malformed() }
            return .refused(place, reply.invalid().message)
        default: throw reply.malformed()
        }
    }

    /// Reads the states of jobs, and the number of the last job that an outbox gave each of these queues; 0 for none.
    ///
    /// The numbers are read after the states, so that the jobs they vouch for were there when the states were read.
    package func states(
        of jobs: [JobID],
        outbox: String,
        queues: [String]
    ) async throws(JobError) -> (states: [JobState?], given: [String: Int64]) {
        let commands =
            jobs.map { RedisCommand("HGET", [RedisArgument(keys.job($0)), "state"]) }
            + queues.map { RedisCommand("HGET", [RedisArgument(keys.meta($0)), RedisArgument("outbox \(outbox)")]) }
        let values = try await send(commands)
        let states = values.prefix(jobs.count).map { $0.string.flatMap(JobState.init(rawValue:)) }
        let given = zip(queues, values.dropFirst(jobs.count)).map { ($0, Int64($1.int ?? 0)) }
        return (states, Dictionary(given) { _, last in last })
    }
}
