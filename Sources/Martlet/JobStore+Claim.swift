package import RedisClient
internal import MartletScripts

/// A job that this process owns until its lease runs out.
package struct ClaimedJob: Sendable {
    package let id: JobID
    package let type: String
    package let payload: [UInt8]
    /// Proves the ownership: every write carries it, and a later claim makes it stale.
    package let token: Int
    /// This run of the job, counted from 1, over restarts too.
    package let attempt: Int
    /// Attempts that belong to the rounds before the last restart.
    package let attemptsBeforeRestart: Int
    package let enqueuedAt: Int64
    /// When this attempt started: Redis's time in milliseconds.
    package let startedAt: Int64
    /// What the one who enqueued it said; nil where nothing was said.
    package let options: JobOptions
}

/// What one claim brought.
package struct Claim: Sendable {
    package let jobs: [ClaimedJob]
    /// Jobs are still waiting.
    package let more: Bool
    /// Milliseconds until a job falls due or a lease runs out, nil when there is neither.
    package let next: Duration?
}

extension JobStore {
    /// `lua/claim`: waiting → running, for up to `limit` jobs of the types given.
    ///
    /// - Parameter number: counted by the caller for each queue. When the reply was lost, call with the same number
    ///   and `again`: the jobs that were taken come back, instead of others.
    package func claim(
        queue: String,
        worker: String,
        limit: Int,
        lease: Duration,
        number: Int,
        again: Bool,
        types: [RedisArgument]
    ) async throws(JobError) -> Claim {
        let arguments: [RedisArgument] = [
            RedisArgument(worker), RedisArgument(min(limit, 1000)), RedisArgument(lease.milliseconds),
            RedisArgument(number), again ? "1" : "0",
        ]
        let reply = try await run(.claim, on: keys.queue(queue), arguments + types, again: false)
        let head = reply.rest.prefix(3).compactMap(\.int)
        guard reply.word == "ok", head.count == 3 else { throw reply.malformed() }
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(reply.rest.count - 3)
        for item in reply.rest.dropFirst(3) {
            guard let job = ClaimedJob(item, queue: queue, startedAt: Int64(head[2])) else { throw reply.malformed() }
            jobs.append(job)
        }
        return Claim(jobs: jobs, more: head[0] == 1, next: head[1] < 0 ? nil : .milliseconds(head[1]))
    }
}

extension ClaimedJob {
    fileprivate init?(_ value: RedisValue, queue: String, startedAt: Int64) {
        guard let fields = value.array, fields.count == 12, let type = fields[0].string, let payload = fields[1].bytes,
            let token = fields[2].int, let attempt = fields[3].int, let enqueuedAt = fields[4].int,
            let local = fields[11].string, let id = try? JobID(queue: queue, local: local)
        else { return nil }
        func duration(_ field: Int) -> Duration? { fields[field].int.map { .milliseconds($0) } }
        self.init(
            id: id,
            type: type,
            payload: payload,
            token: token,
            attempt: attempt,
            attemptsBeforeRestart: fields[10].int ?? 0,
            enqueuedAt: Int64(enqueuedAt),
            startedAt: startedAt,
            options: JobOptions(
                queue: queue,
                maxRetries: fields[6].int,
                timeLimit: duration(7),
                backoff: duration(8),
                maxBackoff: duration(9),
                object: fields[5].string
            )
        )
    }
}
