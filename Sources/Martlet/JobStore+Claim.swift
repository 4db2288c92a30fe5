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
    /// When this attempt started: Redis's time in milliseconds.
    package let startedAt: Int64
    /// What the one who enqueued it said, but for its priority, which has had its effect; nil where nothing was said.
    package let options: JobOptions
}

/// What one claim brought.
package struct Claim: Sendable {
    package let jobs: [ClaimedJob]
    /// Local ids of jobs whose hash somebody damaged. They are left to their leases: after three they end in error.
    package let unreadable: [String]
    /// Jobs are still waiting.
    package let more: Bool
    /// What is to be done for the sake of suspects: jobs that may have killed their worker.
    package let seclusion: Seclusion
    /// Milliseconds until a job falls due or a lease runs out, nil when there is neither.
    package let next: Duration?
    /// Redis's time in milliseconds.
    package let now: Int64

    /// Whether the worker has to keep its other places free.
    package enum Seclusion: Int, Sendable {
        case none = 0
        /// The job that came is a suspect: nothing else is to run until it has ended.
        case alone = 1
        /// A suspect waits for an idle worker: take nothing more until nothing runs, then ask again.
        case wanted = 2
    }
}

extension JobStore {
    /// `lua/claim`: waiting → running, for up to `limit` jobs of the types given.
    ///
    /// - Parameters:
    ///   - number: counted by the caller for each queue. When the reply was lost, call with the same number and
    ///     `again`: the jobs that were taken come back, instead of others.
    ///   - crashLimit: crashes after which a job ends in error.
    ///   - isIdle: the process runs no job of any queue, so it may be given one that has to run alone.
    package func claim(
        queue: String,
        worker: String,
        limit: Int,
        lease: Duration,
        number: Int,
        again: Bool,
        crashLimit: Int = 3,
        isIdle: Bool = false,
        types: [RedisArgument]
    ) async throws(JobError) -> Claim {
        let arguments: [RedisArgument] = [
            RedisArgument(worker), RedisArgument(min(limit, 1000)), RedisArgument(lease.milliseconds),
            RedisArgument(number), again ? "1" : "0", RedisArgument(crashLimit), isIdle ? "1" : "0",
        ]
        let reply = try await run(.claim, on: keys.queue(queue), arguments + types, resends: false)
        let head = reply.rest.prefix(4).compactMap(\.int)
        guard reply.word == "ok", head.count == 4, let seclusion = Claim.Seclusion(rawValue: head[3]) else {
            throw reply.malformed()
        }
        var jobs: [ClaimedJob] = []
        var unreadable: [String] = []
        jobs.reserveCapacity(reply.rest.count - 4)
        for item in reply.rest.dropFirst(4) {
            if let job = ClaimedJob(item, queue: queue, startedAt: Int64(head[2])) {
                jobs.append(job)
            } else {
                unreadable.append(item.array?.last?.string ?? "")
            }
        }
        return Claim(
            jobs: jobs,
            unreadable: unreadable,
            more: head[0] == 1,
            seclusion: seclusion,
            next: head[1] < 0 ? nil : .milliseconds(head[1]),
            now: Int64(head[2])
        )
    }
}

extension ClaimedJob {
    /// Nil when the hash is none that Martlet wrote.
    fileprivate init?(_ value: RedisValue, queue: String, startedAt: Int64) {
        guard let fields = value.array, fields.count == 12 else { return nil }
        let (type, payload, token, attempt, id) = (fields[0], fields[1], fields[2], fields[3], fields[11])
        let (object, maxRetries, timeLimit) = (fields[4], fields[5], fields[6])
        let (backoff, maxBackoff, earlier, retention) = (fields[7], fields[8], fields[9], fields[10])
        guard let type = type.string, let payload = payload.bytes, let token = token.int, let attempt = attempt.int,
            let local = id.string, let id = try? JobID(queue: queue, local: local)
        else { return nil }
        self.init(
            id: id,
            type: type,
            payload: payload,
            token: token,
            attempt: attempt,
            attemptsBeforeRestart: earlier.int ?? 0,
            startedAt: startedAt,
            options: JobOptions(
                queue: queue,
                maxRetries: maxRetries.int,
                timeLimit: timeLimit.duration,
                backoff: backoff.duration,
                maxBackoff: maxBackoff.duration,
                retention: retention.duration,
                object: object.string
            )
        )
    }
}

extension RedisValue {
    /// Whole milliseconds.
    fileprivate var duration: Duration? { int.map { .milliseconds($0) } }
}
