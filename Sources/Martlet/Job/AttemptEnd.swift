internal import FoundationEssentials

/// How one attempt ended that did not simply succeed. The last 20 of a job are kept with it.
public struct AttemptEnd: Sendable, Hashable, Codable {
    /// The ways in which an attempt ends.
    public enum End: String, Sendable, Hashable, Codable {
        case failed
        case timedOut = "timed out"
        case leaseLost = "lease lost"
        case released
        case cancelled
    }

    public let attempt: Int
    public let end: End
    /// Milliseconds since 1970 by Redis's clock.
    public let startedAt: Int64
    /// Milliseconds since 1970; nil in a value that Redis has not seen yet, since Redis's clock says it.
    public let endedAt: Int64?
    public let worker: String
    /// The name of the Swift type of the error that was thrown.
    public let errorType: String?
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
        guard let value = try? JSONDecoder().decode(AttemptEnd.self, from: Data(json.utf8)) else { return nil }
        self = value
    }

    /// As the scripts take it.
    package var json: String {
        var fields = ["\"attempt\":\(attempt)", "\"end\":\"\(end.rawValue)\"", "\"started_at\":\(startedAt)"]
        fields.append("\"worker\":\(JSONText.quoted(worker))")
        if let errorType { fields.append("\"error_type\":\(JSONText.quoted(errorType))") }
        if let error { fields.append("\"error\":\(JSONText.quoted(error))") }
        return "{\(fields.joined(separator: ","))}"
    }

    private enum CodingKeys: String, CodingKey {
        case attempt, end, worker, error
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case errorType = "error_type"
    }
}
