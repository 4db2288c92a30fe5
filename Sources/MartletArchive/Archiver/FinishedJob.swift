internal import FoundationEssentials
package import Martlet
package import RedisClient

/// A finished job as it was read from Redis, on its way into an archive: its hash, the list of its attempts, its log.
package struct FinishedJob: Sendable {
    package let id: JobID
    let hash: JobHash
    let state: JobState
    let finishedAt: Date
    /// The entries of the list of attempts, JSON objects.
    var attempts: [String] = []
    /// The lines of the log, JSON objects.
    package var log: [String] = []

    /// Reads the reply to HGETALL; nil when the job is not there or has not finished.
    package init?(_ id: JobID, _ reply: RedisValue) {
        guard let items = reply.array, !items.isEmpty else { return nil }
        let hash = JobHash(items[...])
        guard let state = hash.state, state.isFinished else { return nil }
        self.id = id
        self.hash = hash
        self.state = state
        self.finishedAt = hash.finishedAt ?? Date(milliseconds: 0)
    }

    var type: String { hash.type ?? "" }
    var enqueuedAt: Date { hash.enqueuedAt ?? Date(milliseconds: 0) }

    /// The version that was read, as the script that takes it out of Redis compares it.
    var version: ArchivedVersion {
        ArchivedVersion(
            local: id.local,
            state: state.rawValue,
            attempt: hash.written.attempt,
            finishedAt: hash.written.finishedAt
        )
    }

    /// The options that have no column, as a JSON object with the names of the hash; nil when there are none.
    var options: String? {
        let options = JobOptions(
            timeLimit: hash.timeLimit,
            backoff: hash.backoff,
            maxBackoff: hash.maxBackoff,
            retention: hash.retention,
            deadline: hash.deadline.map { .at($0) }
        ).json
        return options.isEmpty ? nil : options.text
    }

    /// The memory that the job takes beside its payload, in bytes, roughly.
    var bytesBesidePayload: Int { hash.logBytes + 500 }
}
