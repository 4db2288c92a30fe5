package import FoundationEssentials
package import RedisClient

/// The fields of a job's hash in Redis.
package enum JobField: String, Sendable, CaseIterable {
    case type, state, payload, object, schedule, slot, priority, attempt, crashes, worker, error, warning, reason
    case progress, token, suspect
    case enqueuedAt = "enqueued_at"
    case dueAt = "due_at"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case cancelRequestedAt = "cancel_requested_at"
    case attemptsBeforeRestart = "attempts_before_restart"
    case maxRetries = "max_retries"
    case timeLimit = "time_limit_ms"
    case backoff = "backoff_ms"
    case maxBackoff = "backoff_max_ms"
    case retention = "retention_ms"
    case deadline
    case logBytes = "log_bytes"
    case logCut = "log_cut"
    case logLost = "log_lost"

    /// The fields with their names, by the length of the name in bytes.
    private static let byLength = {
        let longest = allCases.map(\.rawValue.utf8.count).max() ?? 0
        return (0...longest).map { length in
            allCases.filter { $0.rawValue.utf8.count == length }.map { (name: $0.rawValue, field: $0) }
        }
    }()

    /// True when a worker that claimed the job needs the field.
    var isOfClaim: Bool {
        switch self {
        case .type, .payload, .object, .schedule, .slot, .enqueuedAt, .dueAt, .attemptsBeforeRestart, .maxRetries,
            .timeLimit, .backoff, .maxBackoff, .retention:
            true
        case .state, .priority, .attempt, .crashes, .worker, .error, .warning, .reason, .progress, .token, .suspect,
            .startedAt, .finishedAt, .cancelRequestedAt, .deadline, .logBytes, .logCut, .logLost:
            false
        }
    }

    /// The field of that name; nil for a name that this release does not know.
    ///
    /// The table finds one of so many cases faster than the raw value does, or a hash of the name.
    init?(name: String) {
        let length = name.utf8.count
        guard length < Self.byLength.count, let found = Self.byLength[length].first(where: { $0.name == name })
        else { return nil }
        self = found.field
    }
}

/// A job's hash, or some of its fields: the one reader for all that claim, show or archive jobs.
///
/// Anybody may have written the hash. Numbers are kept within bounds that no sum overflows, and a value that its field
/// cannot have counts as missing.
package struct JobHash: Sendable {
    package private(set) var type: String?
    package private(set) var state: JobState?
    package private(set) var payload: [UInt8]?
    package private(set) var object: String?
    package private(set) var schedule: String?
    package private(set) var slot: Date?
    package private(set) var priority: Int?
    package private(set) var enqueuedAt: Date?
    package private(set) var dueAt: Date?
    package private(set) var startedAt: Date?
    package private(set) var finishedAt: Date?
    package private(set) var cancelRequestedAt: Date?
    package private(set) var attempt = 0
    package private(set) var attemptsBeforeRestart = 0
    package private(set) var maxRetries: Int?
    package private(set) var crashes = 0
    package private(set) var worker: String?
    package private(set) var error: String?
    package private(set) var warning: String?
    package private(set) var reason: String?
    package private(set) var progress: String?
    package private(set) var timeLimit: Duration?
    package private(set) var backoff: Duration?
    package private(set) var maxBackoff: Duration?
    package private(set) var retention: Duration?
    package private(set) var deadline: Date?
    package private(set) var logBytes = 0
    package private(set) var logCut = 0
    package private(set) var logLost = 0
    /// The attempt and the end as they are written, by which a script knows this version of the job; empty where the
    /// hash has none.
    package private(set) var written = (attempt: "", finishedAt: "")

    package init() {}

    /// Reads a flat list of names and values, as `HGETALL` answers it.
    ///
    /// A field that this release does not know is left out, and so is one that is not wanted: its value is not looked
    /// at. A payload that stands there in parts is joined.
    package init(_ items: ArraySlice<RedisValue>, where isWanted: (JobField) -> Bool = { _ in true }) {
        var parts = PayloadParts()
        for place in stride(from: items.startIndex, to: items.endIndex - 1, by: 2) {
            guard let name = items[place].string else { continue }
            if let field = JobField(name: name) {
                if isWanted(field) { take(field, items[place + 1]) }
            } else if isWanted(.payload) {
                parts.take(name, items[place + 1])
            }
        }
        payload = payload ?? parts.joined
    }

    /// Sets the value of one field.
    package mutating func take(_ field: JobField, _ value: RedisValue) {
        switch field {
        case .type: type = value.string
        case .state: state = value.string.flatMap(JobState.init(rawValue:))
        case .payload: payload = value.bytes
        case .object: object = value.string
        case .schedule: schedule = value.string
        case .slot: slot = value.storedTime
        case .priority: priority = value.storedNumber
        case .enqueuedAt: enqueuedAt = value.storedTime
        case .dueAt: dueAt = value.storedTime
        case .startedAt: startedAt = value.storedTime
        case .finishedAt:
            finishedAt = value.storedTime
            written.finishedAt = value.string ?? ""
        case .cancelRequestedAt: cancelRequestedAt = value.storedTime
        case .attempt:
            attempt = value.storedCount ?? 0
            written.attempt = value.string ?? ""
        case .attemptsBeforeRestart: attemptsBeforeRestart = value.storedCount ?? 0
        case .maxRetries: maxRetries = value.storedCount
        case .crashes: crashes = value.storedCount ?? 0
        case .worker: worker = value.string
        case .error: error = value.string
        case .warning: warning = value.string
        case .reason: reason = value.string
        case .progress: progress = value.string
        case .timeLimit: timeLimit = value.storedSpan
        case .backoff: backoff = value.storedSpan
        case .maxBackoff: maxBackoff = value.storedSpan
        case .retention: retention = value.storedSpan
        case .deadline: deadline = value.storedTime
        case .logBytes: logBytes = value.storedCount ?? 0
        case .logCut: logCut = value.storedCount ?? 0
        case .logLost: logLost = value.storedCount ?? 0
        case .token, .suspect: return  // what only scripts read
        }
    }

    /// True when the log has lines, or lost some.
    package var hasLog: Bool { logBytes > 0 || logCut > 0 || logLost > 0 }

    /// True when the job has run since it was enqueued or last restarted.
    package var hasRun: Bool { attempt > attemptsBeforeRestart }

    /// The time that a job that started at `start` had waited since it could run.
    package func waited(until start: Date) -> Duration {
        // A due time after the start belongs to an attempt that has not come.
        let due = dueAt.flatMap { $0 <= start ? $0 : nil }
        return max(.zero, start.duration(since: max(enqueuedAt ?? start, due ?? enqueuedAt ?? start)))
    }

    /// The time that the job had waited when its last attempt started; nil when it has not run.
    package var waited: Duration? { hasRun ? startedAt.map(waited(until:)) : nil }

    /// The time that its last attempt took; nil when the job has not run, or not finished.
    package var ran: Duration? {
        guard hasRun, let startedAt, let finishedAt else { return nil }
        return max(.zero, finishedAt.duration(since: startedAt))
    }
}
