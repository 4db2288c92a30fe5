/// A job as Redis holds it: its hash, read. Times are milliseconds since 1970 by Redis's clock.
public struct JobRecord: Sendable, Hashable {
    public let id: JobID
    public let type: String
    public let state: JobState
    /// JSON as given; invalid UTF-8 repaired. Nil in a list of jobs, which is read without the payloads.
    public let payload: String?
    public let object: String?
    /// The schedule that fired it, and the slot it was fired for, if it was one.
    public let schedule: String?
    public let slot: Int64?
    public let priority: Int
    public let enqueuedAt: Int64
    /// When it falls due, or fell due the last time.
    public let dueAt: Int64?
    /// When the last attempt started.
    public let startedAt: Int64?
    public let finishedAt: Int64?
    /// The number of the last attempt, from 1; 0 before the first. It counts on over restarts.
    public let attempt: Int
    public let attemptsBeforeRestart: Int
    /// As the one who enqueued it said; nil when it is left to the worker.
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
    public let cancelRequestedAt: Int64?
    /// What the job said of its progress: `{"fraction":0.5,"note":"page 3 of 6"}`.
    public let progress: String?
    /// Lines that the log does not have any more because it was full, or never had because they came too fast.
    public let logCut: Int

    /// The fields of the hash that a list is read with: all that are below but the payload.
    package static let listedFields = [
        "type", "state", "object", "schedule", "slot", "priority", "enqueued_at", "due_at", "started_at", "finished_at",
        "attempt",
        "attempts_before_restart", "max_retries", "crashes", "worker", "error", "warning", "reason",
        "cancel_requested_at", "progress", "log_cut", "log_lost",
    ]

    package init?(_ id: JobID, _ fields: [String: String]) {
        guard let type = fields["type"], let state = fields["state"].flatMap(JobState.init(rawValue:)) else {
            return nil
        }
        self.id = id
        self.type = type
        self.state = state
        self.payload = fields["payload"]
        self.object = fields["object"]
        self.schedule = fields["schedule"]
        self.slot = fields["slot"].flatMap { Int64($0) }
        self.priority = fields["priority"].flatMap { Int($0) } ?? 0
        self.enqueuedAt = fields["enqueued_at"].flatMap { Int64($0) } ?? 0
        self.dueAt = fields["due_at"].flatMap { Int64($0) }
        self.startedAt = fields["started_at"].flatMap { Int64($0) }
        self.finishedAt = fields["finished_at"].flatMap { Int64($0) }
        self.attempt = fields["attempt"].flatMap { Int($0) } ?? 0
        self.attemptsBeforeRestart = fields["attempts_before_restart"].flatMap { Int($0) } ?? 0
        self.maxRetries = fields["max_retries"].flatMap { Int($0) }
        self.crashes = fields["crashes"].flatMap { Int($0) } ?? 0
        self.worker = fields["worker"]
        self.error = fields["error"]
        self.warning = fields["warning"]
        self.reason = fields["reason"]
        self.cancelRequestedAt = fields["cancel_requested_at"].flatMap { Int64($0) }
        self.progress = fields["progress"]
        self.logCut = ["log_cut", "log_lost"].compactMap { fields[$0].flatMap { Int($0) } }.reduce(0, &+)
    }

    /// The status in words, for example `Scheduled (retry 2 of 5)`.
    public var status: String {
        let spent = attempt &- attemptsBeforeRestart
        if (state == .scheduled || state == .waiting || state == .running), spent > 0, error != nil {
            let retry = state == .running ? spent - 1 : spent
            let limit = maxRetries.map { " of \($0)" } ?? ""
            return retry > 0 ? "\(state.title) (retry \(retry)\(limit))" : state.title
        }
        return state.title
    }
}
