public import FoundationEssentials

/// A job as Redis or an archive holds it; times are by Redis's clock.
public struct JobRecord: Sendable, Hashable {
    /// The job's full id.
    public let id: JobID
    /// The job type: the name that its payload is decoded by.
    public let type: String
    /// The state of the job.
    public let state: JobState
    /// The payload as it is stored, JSON, in which invalid UTF-8 is repaired; nil in a list of jobs, which is read
    /// without payloads.
    public let payload: String?
    /// The object that the job is about; nil when there is none.
    public let object: String?
    /// The name of the schedule that fired it; nil when none did.
    public let schedule: String?
    /// The slot that its schedule fired it for; nil when it was not fired for one.
    public let slot: Date?
    /// The priority, from -100 to 100; a higher one runs first within a queue.
    public let priority: Int
    /// The time at which it was enqueued.
    public let enqueuedAt: Date
    /// The time at which it falls due, or last fell due; nil when it never had to wait for a time.
    public let dueAt: Date?
    /// The time at which the last attempt started; nil before the first.
    public let startedAt: Date?
    /// The time at which it finished; nil while it has not.
    public let finishedAt: Date?
    /// The number of the last attempt, from 1; 0 before the first.
    ///
    /// Restarts do not reset it.
    public let attempt: Int
    /// The number of the last attempt before the last restart by an operator, from which retries are counted; 0 when
    /// there was none.
    public let attemptsBeforeRestart: Int
    /// The number of retries that the enqueue call allowed; nil when that is left to the worker.
    public let maxRetries: Int?
    /// The number of attempts since the last restart that ended with the loss of their worker.
    public let crashes: Int
    /// The id of the worker of the last attempt; nil before the first.
    public let worker: String?
    /// The text of the last error; nil when there was none.
    public let error: String?
    /// The text that a job that ended in Warning reported of itself.
    public let warning: String?
    /// The reason why a waiting job is passed over.
    public let reason: String?
    /// The time from which on no attempt starts; nil when there is none.
    public let deadline: Date?
    /// The time at which an operator asked to cancel it while it ran; nil when nobody did.
    public let cancelRequestedAt: Date?
    /// The progress that the job reported, a JSON object: `{"fraction":0.5,"note":"page 3 of 6"}`.
    public let progress: String?
    /// The number of lines that the log has no more because it was full, or never had because they came too fast.
    public let logCut: Int
    /// The time that it had waited when its last attempt started, since it could first run; nil when it has not run
    /// since it was enqueued or last restarted.
    public let waited: Duration?
    /// The time that its last attempt took; nil when it has not run, or has not finished.
    public let ran: Duration?

    /// The fields of the hash that a list reads: all those above but the payload.
    package static let listedFields: [JobField] = [
        .type, .state, .object, .schedule, .slot, .priority, .enqueuedAt, .dueAt, .startedAt, .finishedAt, .attempt,
        .attemptsBeforeRestart, .maxRetries, .crashes, .worker, .error, .warning, .reason, .deadline,
        .cancelRequestedAt, .progress, .logCut, .logLost,
    ]

    /// Makes a record of a hash; nil when the hash has no type, or no state that this release knows.
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
        self.deadline = hash.deadline
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

    /// The moment of what the job did last or will do next: the end of a finished job, the due time of a scheduled job,
    /// the start of a running job, and the time since which a waiting job waits.
    public var moment: Date {
        switch state {
        case .scheduled: dueAt ?? enqueuedAt
        case .waiting: max(enqueuedAt, dueAt ?? enqueuedAt)
        case .running: startedAt ?? enqueuedAt
        case .successful, .warning, .error, .cancelled: finishedAt ?? enqueuedAt
        }
    }
}
