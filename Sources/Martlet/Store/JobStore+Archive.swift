package import FoundationEssentials
internal import MartletScripts
internal import RedisClient

/// The outcome of asking for the archiver's lease.
package enum ArchiverLease: Sendable, Hashable {
    /// The lease is the caller's. `now` is Redis's time.
    case held(now: Date)
    /// Another process has the lease, for this time unless it asks again.
    case taken(holder: String, left: Duration)
}

/// The version of a finished job that an archive has: the job goes from Redis only while it is still this one.
package struct ArchivedVersion: Sendable {
    /// The job's id after the slash.
    package let local: String
    package let state: String
    /// The attempt as the hash has it; empty where it has none.
    package let attempt: String
    /// The end as the hash has it; empty where it has none.
    package let finishedAt: String

    package init(local: String, state: String, attempt: String, finishedAt: String) {
        self.local = local
        self.state = state
        self.attempt = attempt
        self.finishedAt = finishedAt
    }
}

extension JobStore {
    /// Takes, renews or, where `lease` is zero, gives up the archiver's lease (`lua/worker/archive_lease.lua`).
    ///
    /// `fields` are what the archiver says of itself beside it; an empty value removes a field.
    package func leaseArchiver(
        _ holder: String,
        lease: Duration,
        fields: [(String, String)]
    ) async throws(JobError) -> ArchiverLease {
        let arguments =
            [RedisArgument(holder), RedisArgument(lease.milliseconds)]
            + fields.flatMap { [RedisArgument($0), RedisArgument($1)] }
        let reply = try await run(.archiveLease, on: keys.archiver, arguments)
        switch (reply.word, reply.words.count) {
        case ("held", 1):
            guard let now = reply.rest.first?.storedTime else { throw reply.malformed() }
            return .held(now: now)
        case ("taken", 2):
            guard let left = reply.rest.last?.int else { throw reply.malformed() }
            return .taken(holder: reply.words[0], left: .milliseconds(left))
        default: throw reply.malformed()
        }
    }

    /// Tells whether an archiver takes finished jobs, or did so and was not forgotten.
    package func hasArchiver() async throws(JobError) -> Bool {
        try await send([RedisCommand("EXISTS", [RedisArgument(keys.archiver)])])[0].int == 1
    }

    /// Removes finished jobs that an archive has from Redis, at most 1,000 of one queue (`lua/job/archive.lua`).
    ///
    /// - Returns: The number of jobs that were removed; a job that was restarted meanwhile stays.
    package func archive(_ jobs: some Collection<ArchivedVersion>, queue: String) async throws(JobError) -> Int {
        var arguments: [RedisArgument] = []
        arguments.reserveCapacity(4 * jobs.count)
        for job in jobs {
            arguments.append(RedisArgument(job.local))
            arguments.append(RedisArgument(job.state))
            arguments.append(RedisArgument(job.attempt))
            arguments.append(RedisArgument(job.finishedAt))
        }
        let reply = try await run(.archive, on: keys.queue(queue), arguments)
        guard reply.word == "ok", let gone = reply.rest.first?.int else { throw reply.malformed() }
        return gone
    }
}
