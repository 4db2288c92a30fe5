internal import RedisClient
internal import MartletScripts

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

    /// Spends the attempt and schedules the next one: running → scheduled; error when the job reported on itself,
    /// cancelled when that was asked for (`lua/job/retry.lua`).
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

    /// Gives the attempt back and schedules the next one: running → scheduled, or cancelled when that was asked for
    /// (`lua/job/snooze.lua`).
    package func snooze(_ job: ClaimedJob, for delay: Duration) async throws(JobError) -> LeaseReply {
        try await run(
            .snooze,
            on: keys.queue(job.id.queue),
            [RedisArgument(job.id.local), RedisArgument(job.token), RedisArgument(delay.milliseconds)]
        ).leaseReply()
    }

    /// Gives back at most 1,000 jobs of one queue with their attempts: running → waiting, or cancelled when that was
    /// asked for (`lua/job/release.lua`).
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
