package import Martlet
package import RedisClient

/// A finished job as it was read from Redis, on its way into an archive: its hash, the list of its attempts, its log.
package struct FinishedJob: Sendable {
    package let id: JobID
    private(set) var type = ""
    private(set) var state = ""
    private(set) var payload: String?
    private(set) var object: String?
    private(set) var schedule: String?
    private(set) var slot: Int64?
    private(set) var priority: Int64 = 0
    private(set) var enqueuedAt: Int64 = 0
    private(set) var dueAt: Int64?
    private(set) var startedAt: Int64?
    private(set) var finishedAt: Int64 = 0
    private(set) var attempt: Int64 = 0
    private(set) var attemptsBeforeRestart: Int64 = 0
    private(set) var maxRetries: Int64?
    private(set) var crashes: Int64 = 0
    private(set) var worker: String?
    private(set) var error: String?
    private(set) var warning: String?
    private(set) var progress: String?
    private(set) var logBytes: Int64 = 0
    /// Lines that the list lacks at its beginning, and lines that never came to it.
    private(set) var logCut: Int64 = 0
    private(set) var logLost: Int64 = 0
    /// The options that have no column, as the fields of a JSON object.
    private var others = ""
    /// The entries of the list of attempts, JSON objects.
    var attempts: [String] = []
    /// The lines of the log, JSON objects.
    package var log: [String] = []
    private var writtenAttempt = ""
    private var writtenFinish = ""

    /// Reads the reply to HGETALL; nil when the job is not there or has not finished.
    package init?(_ id: JobID, _ reply: RedisValue) {
        guard let items = reply.array, !items.isEmpty else { return nil }
        self.id = id
        for place in stride(from: 0, to: items.count - 1, by: 2) {
            guard let name = items[place].string, let value = items[place + 1].string else { continue }
            take(name, value)
        }
        guard JobState(rawValue: state)?.isFinished == true else { return nil }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "type": type = value
        case "state": state = value
        case "payload": payload = value
        case "object": object = value
        case "schedule": schedule = value
        case "slot": slot = Self.time(value)
        case "priority": priority = Self.number(value) ?? 0
        case "enqueued_at": enqueuedAt = Self.time(value) ?? 0
        case "due_at": dueAt = Self.time(value)
        case "started_at": startedAt = Self.time(value)
        case "finished_at":
            finishedAt = Self.time(value) ?? 0
            writtenFinish = value
        case "attempt":
            attempt = Self.count(value)
            writtenAttempt = value
        case "attempts_before_restart": attemptsBeforeRestart = Self.count(value)
        case "max_retries": maxRetries = Self.number(value)
        case "crashes": crashes = Self.count(value)
        case "worker": worker = value
        case "error": error = value
        case "warning": warning = value
        case "progress": progress = value
        case "log_bytes": logBytes = Self.count(value)
        case "log_cut": logCut = Self.count(value)
        case "log_lost": logLost = Self.count(value)
        case "time_limit_ms", "backoff_ms", "backoff_max_ms", "retention_ms":
            guard let number = Self.number(value) else { return }
            others += (others.isEmpty ? "" : ",") + "\"\(name)\":\(number)"
        default: return
        }
    }

    /// A whole number within 2^53 of zero, so that no sum or difference behind it overflows.
    private static func number(_ text: String) -> Int64? {
        Int64(text).map { min(max($0, -1 << 53), 1 << 53) }
    }

    /// Milliseconds since 1970, up to the year 9999.
    private static func time(_ text: String) -> Int64? {
        Int64(text).map { min(max($0, 0), 253_402_300_799_999) }
    }

    /// A number of attempts, lines or bytes, from 0 to 2^40, so that a million of them can be added up.
    private static func count(_ text: String) -> Int64 {
        min(max(Int64(text) ?? 0, 0), 1 << 40)
    }

    /// The version that was read, as the script that takes it out of Redis compares it.
    var version: ArchivedVersion {
        ArchivedVersion(local: id.local, state: state, attempt: writtenAttempt, finishedAt: writtenFinish)
    }

    var options: String? { others.isEmpty ? nil : "{\(others)}" }

    /// The time from when it could first run to the start of its last attempt, in milliseconds; nil when it never ran.
    var wait: Int64? {
        guard hasRun, let startedAt else { return nil }
        // A due time after the start is that of an attempt that did not come.
        let due = dueAt.flatMap { $0 <= startedAt ? $0 : nil } ?? 0
        return max(0, startedAt - max(enqueuedAt, due))
    }
    /// The time that its last attempt took, in milliseconds; nil when it never ran.
    var run: Int64? { hasRun ? startedAt.map { max(0, finishedAt - $0) } : nil }
    /// Whether it has run at least once since it was enqueued or last restarted.
    var hasRun: Bool { attempt > attemptsBeforeRestart }

    /// Whether its log has lines, or lacks some.
    var hasLog: Bool { logBytes > 0 || logCut > 0 || logLost > 0 }
    /// The bytes that it takes in memory beside its payload, roughly.
    var bytesBesidePayload: Int { Int(logBytes) + 500 }
}
