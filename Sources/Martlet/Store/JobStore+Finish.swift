internal import RedisClient
internal import MartletScripts

/// The worst report that a job made of itself during an attempt.
package enum SelfReport: String, Sendable, Comparable {
    case warning, error

    package static func < (one: SelfReport, other: SelfReport) -> Bool { one == .warning && other == .error }
}

/// The outcome of a write by the holder of a lease.
package enum LeaseReply: Sendable, Hashable {
    /// The write is done, and the job is in this state now.
    case done(JobState)
    /// The write was done before under this very lease, and the first reply was lost.
    case already
    /// The lease is somebody else's now, or the job is gone; nothing was written.
    case stale

    /// Reads the word of a script.
    ///
    /// When the script was sent before, a job that is gone was finished by the first sending and nothing of it was
    /// kept.
    init?(_ word: String, isResent: Bool) {
        switch word {
        case "already": self = .already
        case "gone" where isResent: self = .already
        case "stale", "gone": self = .stale
        default:
            guard let state = JobState(rawValue: word) else { return nil }
            self = .done(state)
        }
    }
}

/// The end of an attempt that no other attempt follows.
package struct JobEnding: Sendable {
    package enum Outcome: String, Sendable { case successful, error, cancelled }
    package let id: JobID
    package let token: Int
    package let outcome: Outcome
    package let report: SelfReport?
    /// The error, or what the job reported of itself; empty when there is nothing to say.
    package let error: String
    /// The entry for the job's list of attempts; nil when the attempt simply succeeded.
    package let attempt: AttemptEnd?
    /// The text that the attempt is counted by, as `lua/job/finish.lua` takes it.
    package let timing: String
    /// The time that the job is kept; nil for as long as its state is.
    package let retention: Duration?

    package init(
        _ job: ClaimedJob,
        _ outcome: Outcome,
        report: SelfReport?,
        error: String = "",
        attempt: AttemptEnd? = nil,
        retention: Duration? = nil
    ) {
        self.id = job.id
        self.token = job.token
        self.outcome = outcome
        self.report = report
        self.error = error
        self.attempt = attempt
        self.timing = job.timing
        self.retention = retention ?? job.options.retention
    }
}

extension JobStore {
    /// Ends attempts of at most 1,000 jobs of one queue: running → successful | warning | error | cancelled
    /// (`lua/job/finish.lua`).
    package func finish(_ endings: [JobEnding], queue: String) async throws(JobError) -> [LeaseReply] {
        var arguments: [RedisArgument] = []
        arguments.reserveCapacity(8 * endings.count)
        for ending in endings {
            arguments.append(RedisArgument(ending.id.local))
            arguments.append(RedisArgument(ending.token))
            arguments.append(RedisArgument(ending.outcome.rawValue))
            arguments.append(RedisArgument(ending.report?.rawValue ?? ""))
            arguments.append(RedisArgument(ending.error))
            arguments.append(RedisArgument(ending.attempt?.json ?? ""))
            arguments.append(ending.retention.map { RedisArgument($0.milliseconds) } ?? "")
            arguments.append(RedisArgument(ending.timing))
        }
        return try await run(.finish, on: keys.queue(queue), arguments).leaseReplies(endings.count)
    }

    /// Spends the attempt and schedules the next one: running → scheduled, or error when the job reported on itself
    /// (`lua/job/retry.lua`).
    package func retry(
        _ job: ClaimedJob,
        after delay: Duration,
        report: SelfReport?,
        error: String,
        attempt: AttemptEnd?,
        maxRetries: Int
    ) async throws(JobError) -> LeaseReply {
        try await run(
            .retry,
            on: keys.queue(job.id.queue),
            [
                RedisArgument(job.id.local), RedisArgument(job.token), RedisArgument(delay.milliseconds),
                RedisArgument(report?.rawValue ?? ""), RedisArgument(error), RedisArgument(attempt?.json ?? ""),
                RedisArgument(maxRetries), RedisArgument(job.timing),
            ]
        ).leaseReply()
    }

    /// Gives the attempt back and schedules the next one: running → scheduled (`lua/job/snooze.lua`).
    package func snooze(_ job: ClaimedJob, for delay: Duration) async throws(JobError) -> LeaseReply {
        try await run(
            .snooze,
            on: keys.queue(job.id.queue),
            [RedisArgument(job.id.local), RedisArgument(job.token), RedisArgument(delay.milliseconds)]
        ).leaseReply()
    }

    /// Gives back at most 1,000 jobs of one queue with their attempts: running → waiting (`lua/job/release.lua`).
    ///
    /// `worker` is the name in the job's list of attempts.
    package func release(
        _ jobs: [ClaimedJob],
        queue: String,
        worker: String
    ) async throws(JobError) -> [LeaseReply] {
        let arguments = jobs.flatMap { job in
            let attempt = AttemptEnd(job, .released, worker: worker)
            return [RedisArgument(job.id.local), RedisArgument(job.token), RedisArgument(attempt.json)]
        }
        return try await run(.release, on: keys.queue(queue), arguments).leaseReplies(jobs.count)
    }
}

extension ClaimedJob {
    /// The text that the scripts count an attempt by: the type, the wait (ms) and the start (ms).
    ///
    /// The wait is the beginning of its range, so that many jobs have the same text.
    fileprivate var timing: String {
        "\(type) \(DurationHistogram.start(around: waited.milliseconds)) \(startedAt.milliseconds)"
    }
}

extension ScriptReply {
    /// Reads the reply of a script for one job: `{"ok", state}`, or the refusal alone.
    fileprivate func leaseReply() throws(JobError) -> LeaseReply {
        let word = word == "ok" ? words.first ?? "" : word
        guard let reply = LeaseReply(word, isResent: isResent) else { throw malformed() }
        return reply
    }

    /// Reads the reply of a script for many jobs: `{"ok", word, …}`.
    fileprivate func leaseReplies(_ count: Int) throws(JobError) -> [LeaseReply] {
        let replies = words.compactMap { LeaseReply($0, isResent: isResent) }
        guard word == "ok", replies.count == count else { throw malformed() }
        return replies
    }
}
