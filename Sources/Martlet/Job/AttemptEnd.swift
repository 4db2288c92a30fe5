public import FoundationEssentials

/// The end of an attempt that did not simply succeed.
///
/// The last 20 of a job are kept with it.
public struct AttemptEnd: Sendable, Hashable {
    /// The ways in which an attempt ends.
    public enum End: String, Sendable, Hashable, Decodable {
        /// The handler threw an error.
        case failed
        /// The attempt ran longer than its time limit.
        case timedOut = "timed out"
        /// The worker died, or did not renew its lease in time.
        case leaseLost = "lease lost"
        /// The worker stopped and gave the job back.
        case released
        /// An operator cancelled the job while it ran.
        case cancelled
    }

    /// The number of the attempt, from 1.
    public let attempt: Int
    /// The way in which it ended.
    public let end: End
    /// The time by Redis's clock at which the attempt started.
    public let startedAt: Date
    /// The time by Redis's clock at which the attempt ended; nil in a value that Redis has not stored yet.
    public let endedAt: Date?
    /// The worker that ran it.
    public let worker: String
    /// The name of the Swift type of the error that was thrown.
    public let errorType: String?
    /// The text of the error; nil where nothing went wrong.
    public let error: String?

    package init(
        _ job: ClaimedJob,
        _ end: End,
        worker: String,
        errorType: String? = nil,
        error: String? = nil
    ) {
        self.attempt = job.attempt
        self.end = end
        self.startedAt = job.startedAt
        self.endedAt = nil
        self.worker = worker
        self.errorType = errorType
        self.error = error
    }

    /// Reads an entry of the list; nil when it is none.
    package init?(_ json: String) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)) else { return nil }
        self.attempt = min(max(stored.attempt, 0), Int(StoredNumber.mostCount))
        self.end = stored.end
        self.startedAt = Date(milliseconds: stored.started_at)
        self.endedAt = stored.ended_at.map { Date(milliseconds: $0) }
        self.worker = stored.worker
        self.errorType = stored.error_type
        self.error = stored.error
    }

    /// The entry as the scripts take it, without the time of the end.
    package var json: String {
        var object = JSONObjectText()
        object.append("attempt", attempt)
        object.append("end", end.rawValue)
        object.append("started_at", startedAt.milliseconds)
        object.append("worker", worker)
        if let errorType { object.append("error_type", errorType) }
        if let error { object.append("error", error) }
        return object.text
    }

    /// An entry with the names of the stored JSON.
    private struct Stored: Decodable {
        let attempt: Int
        let end: End
        let started_at: Int64
        let ended_at: Int64?
        let worker: String
        let error_type, error: String?
    }
}
