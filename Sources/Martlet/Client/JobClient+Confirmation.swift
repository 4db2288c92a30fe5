internal import RedisClient

/// The servers that must have a job before it counts as enqueued.
public enum Confirmation: Sendable, Hashable {
    /// The Redis that the job was sent to.
    case redis
    /// At least this many replicas of that Redis too, within this time.
    ///
    /// This shortens the list of what a failover loses. It does not make a replica that has the job the one that is
    /// promoted.
    case replicas(Int, within: Duration = .seconds(1))
}

extension JobClient {
    /// Enqueues one job and waits until replicas have it.
    ///
    /// - Throws: ``JobError`` as ``enqueue(_:id:options:start:)`` does, and with the code `unconfirmed` when too few
    ///   replicas confirmed the job in time. The job is then in Redis, and enqueueing it again with the same id asks
    ///   the replicas again.
    @discardableResult
    public func enqueue(
        _ job: some Job,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now,
        confirmedBy confirmation: Confirmation
    ) async throws(JobError) -> EnqueuedJob {
        let entered = try await enqueue(
            [NewJob(job, id: id, options: options, start: start)],
            confirmedBy: confirmation
        )
        return entered[0]
    }

    /// Enqueues many jobs and waits until replicas have all of them.
    ///
    /// - Throws: ``JobError`` as ``enqueue(_:)`` does, and with the code `unconfirmed` when too few replicas confirmed
    ///   the jobs in time. The jobs are then in Redis.
    @discardableResult
    public func enqueue(
        _ jobs: [NewJob],
        confirmedBy confirmation: Confirmation
    ) async throws(JobError) -> [EnqueuedJob] {
        if intake != nil, confirmation != .redis {
            throw .invalid(
                "confirmed by",
                "\(confirmation)",
                "jobs go into the spool of this client first: have its relay wait for replicas"
            )
        }
        let entered = try await enqueue(jobs)
        try await confirm(entered.map(\.id), confirmation)
        return entered
    }

    /// Waits until replicas have jobs that this server has.
    private func confirm(_ jobs: [JobID], _ confirmation: Confirmation) async throws(JobError) {
        for (queue, jobs) in Dictionary(grouping: jobs, by: \.queue) {
            let proof = jobs.map { RedisCommand("EXISTS", [RedisArgument(store.keys.job($0))]) }
            try await confirm(queue, confirmation, proof) { $0.allSatisfy { $0.int == 1 } }
        }
    }

    /// Waits until replicas know that a queue was given a row of an outbox, and with that its job.
    package func confirm(
        outbox: String,
        sequence: Int64,
        queue: String,
        _ confirmation: Confirmation
    ) async throws(JobError) {
        let field = RedisArgument("outbox \(outbox)")
        let proof = [RedisCommand("HGET", [RedisArgument(store.keys.meta(queue)), field])]
        try await confirm(queue, confirmation, proof) { Int64($0[0].int ?? 0) >= sequence }
    }

    /// Waits on a connection of its own until replicas have what this server has of a queue.
    ///
    /// `WAIT` blocks its connection and counts from the last write of the same connection, so one write comes right
    /// before it. Before that, `proof` shows that this server has the jobs at all: after a failover it may be another
    /// one.
    private func confirm(
        _ queue: String,
        _ confirmation: Confirmation,
        _ proof: [RedisCommand],
        holds: ([RedisValue]) -> Bool
    ) async throws(JobError) {
        guard case .replicas(let count, let limit) = confirmation else { return }
        guard count > 0, limit >= .milliseconds(1), limit <= .seconds(3600) else {
            throw .invalid("confirmed by", "\(confirmation)", "use at least one replica, and 1 ms to 1 hour")
        }
        let redis = store.redis.dedicated(name: "martlet-confirm")
        let results = await redis.send(
            proof + [
                RedisCommand("SET", [RedisArgument(store.keys.confirmed(queue)), "1", "PX", 60_000]),
                RedisCommand("WAIT", [RedisArgument(count), RedisArgument(limit.milliseconds)]),
            ],
            deadline: limit + .seconds(5)
        )
        await redis.close()
        var answers: [RedisValue] = []
        for result in results {
            do {
                answers.append(try result.get())
            } catch {
                throw JobError(error)
            }
        }
        guard holds(Array(answers.prefix(proof.count))) else {
            throw JobError(.unconfirmed, "Redis lost the job before replicas had it, or it has gone by itself since")
        }
        let confirmed = answers.last?.int ?? 0
        guard confirmed >= count else {
            throw JobError(
                .unconfirmed,
                "\(confirmed) of \(count) replicas said within \(limit) that they have the job; it is in Redis"
            )
        }
    }
}
