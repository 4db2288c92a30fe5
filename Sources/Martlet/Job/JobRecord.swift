public import FoundationEssentials

/// A job as Redis, or an archive, holds it. Times are by Redis's clock.
public struct JobRecord: Sendable, Hashable {
    /// The job's full id.
    public let id: JobID
    /// The job type: the name that its payload is decoded by.
    public let type: String
    /// Where the job stands.
    public let state: JobState
    /// The payload, JSON, as it is stored; invalid UTF-8 is repaired. Nil in a list of jobs, which is read without the
    /// payloads.
    public let payload: String?
    /// What the job is about; nil when it is about nothing.
    public let object: String?
    /// The name of the schedule that fired it; nil when none did.
    public let schedule: String?
    /// The slot that its schedule fired it for; nil when it was not fired for one.
    public let slot: Date?
    /// From -100 to 100; higher runs first within a queue.
    public let priority: Int
    /// When Redis took it in.
    public let enqueuedAt: Date
    /// When it falls due, or fell due the last time; nil when it never had to wait for a time.
    public let dueAt: Date?
    /// When the last attempt started; nil before the first.
    public let startedAt: Date?
    /// When it finished; nil while it has not.
    public let finishedAt: Date?
    /// The number of the last attempt, from 1; 0 before the first. It counts on over restarts.
    public let attempt: Int
    /// The number of the last attempt before an operator last restarted it; 0 when nobody has. Retries count from here.
    public let attemptsBeforeRestart: Int
    /// How many retries the one who enqueued it allowed; nil when that is left to the worker.
    public let maxRetries: Int?
    /// Attempts that ended with the loss of their worker since the last restart.
    public let crashes: Int
    /// The worker of the last attempt.
    public let worker: String?
    /// What went wrong the last time something did.
    public let error: String?
    /// What a job that ended in Warning reported of itself.
    public let warning: String?
    /// Why a waiting job is passed over.
    public let reason: String?
    /// When an operator asked to cancel it while it ran; nil when nobody did.
    public let cancelRequestedAt: Date?
    /// What the job said of its progress: `{"fraction":0.5,"note":"page 3 of 6"}`.
    public let progress: String?
    /// How many lines the log does not have any more because it was full, or never had because they came too fast.
    public let logCut: Int
    /// How long it had waited when its last attempt started, since it could first run; nil when it has not run since it
    /// was enqueued or last restarted.
    public let waited: Duration?
    /// How long its last attempt took; nil when it has not run, or has not finished.
    public let ran: Duration?

    /// The fields of the hash that a list is read with: all that are above but the payload.
    package static let listedFields: [JobField] = [
        .type, .state, .object, .schedule, .slot, .priority, .enqueuedAt, .dueAt, .startedAt, .finishedAt, .attempt,
        .attemptsBeforeRestart, .maxRetries, .crashes, .worker, .error, .warning, .reason, .cancelRequestedAt,
        .progress, .logCut, .logLost,
    ]

    /// Nil when the hash is none of a job: without a type, or without a state that this release knows.
    package init?(_ id: JobID, _ hash: JobHash) {
        guard let type = hash.type, let state = hash.state else { return nil }
        self.id = id
        self.type = type
        self.state = state
        self.payload = hash.payload.map { String(decoding: $0, as: UTF8.self) }
        self.object = hash.object
        self.schedule = hash.schedule
        self.slot = hash.slot
        self.priority = hash.priority ?? 0
        self.enqueuedAt = hash.enqueuedAt ?? Date(milliseconds: 0)
        self.dueAt = hash.dueAt
        self.startedAt = hash.startedAt
        self.finishedAt = hash.finishedAt
        self.attempt = hash.attempt
        self.attemptsBeforeRestart = hash.attemptsBeforeRestart
        self.maxRetries = hash.maxRetries
        self.crashes = hash.crashes
        self.worker = hash.worker
        self.error = hash.error
        self.warning = hash.warning
        self.reason = hash.reason
        self.cancelRequestedAt = hash.cancelRequestedAt
        self.progress = hash.progress
        self.logCut = hash.logCut + hash.logLost
        self.waited = hash.waited
        self.ran = hash.ran
    }

    /// The status in words, for example `Scheduled (retry 2 of 5)`.
    public var status: String {
        let spent = attempt - attemptsBeforeRestart
        if (state == .scheduled || state == .waiting || state == .running), spent > 0, error != nil {
            let retry = state == .running ? spent - 1 : spent
            let limit = maxRetries.map { " of \($0)" } ?? ""
            return retry > 0 ? "\(state.title) (retry \(retry)\(limit))" : state.title
        }
        return state.title
    }

    /// When the job did what it did last, or will do what it does next: a finished job's end, a scheduled one's due
    /// time, a running one's start, and since when a waiting one waits.
    public var moment: Date {
        switch state {
        case .scheduled: dueAt ?? enqueuedAt
        case .waiting: max(enqueuedAt, dueAt ?? enqueuedAt)
        case .running: startedAt ?? enqueuedAt
        case .successful, .warning, .error, .cancelled: finishedAt ?? enqueuedAt
        }
    }
}
