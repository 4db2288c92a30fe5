internal import MartletScripts
internal import RedisClient

/// A job on its way from an outbox to its queue.
package struct OutboxedJob: Sendable {
    /// Its number in the outbox; they only grow.
    package let sequence: Int64
    package let job: NewJob

    package init(sequence: Int64, job: NewJob) {
        self.sequence = sequence
        self.job = job
    }
}

/// What a queue makes of jobs from an outbox.
package enum OutboxReply: Sendable, Hashable {
    /// It has them all.
    case taken
    /// It has lost what it was given last: this is the last that it still knows of. Nothing was taken.
    case behind(Int64)
    /// It was given more than the outbox knows: this is the last, and the id of its job after the slash, nil when the
    /// release that gave it did not note it. Nothing was taken.
    case ahead(Int64, job: String?)
    /// One of them, counted from 0, is not acceptable, for this reason. Nothing was taken.
    case refused(Int, String)
}

extension JobStore {
    /// `lua/enqueue` for jobs of one queue, in the order of their numbers: each is taken in once, whatever is sent
    /// again and whatever became of the job since.
    /// - Parameter after: the number of the last job that this queue was given, as the outbox knows it; 0 for none.
    package func enqueue(
        _ jobs: some Collection<OutboxedJob>,
        queue: String,
        outbox: String,
        after: Int64,
        payloadLimit: Int
    ) async throws(JobError) -> OutboxReply {
        var arguments: [RedisArgument] = [RedisArgument(payloadLimit)]
        arguments.reserveCapacity(1 + 4 * jobs.count)
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

    /// The number of the last job that an outbox gave each of these queues, as Redis knows it; 0 for none. It is read
    /// behind the states of the jobs, so that what it vouches for was there when they were read.
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
