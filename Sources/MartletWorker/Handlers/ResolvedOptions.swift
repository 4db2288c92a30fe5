internal import Martlet

/// What holds for one job, decided once, at its claim: its own options, where it has none those of its type, and the
/// defaults where neither says anything.
struct ResolvedOptions: Sendable {
    let retries: RetryPolicy
    /// How long one attempt may run.
    let timeLimit: Duration
    /// How long the finished job is kept; nil for as long as its state is.
    let retention: Duration?
    let object: String?

    init(_ job: JobOptions, type: JobOptions) {
        self.retries = RetryPolicy(
            maxRetries: job.maxRetries ?? type.maxRetries ?? JobDefaults.maxRetries,
            backoff: job.backoff ?? type.backoff ?? JobDefaults.backoff,
            maxBackoff: job.maxBackoff ?? type.maxBackoff ?? JobDefaults.maxBackoff
        )
        self.timeLimit = job.timeLimit ?? type.timeLimit ?? JobDefaults.timeLimit
        self.retention = job.retention ?? type.retention
        self.object = job.object ?? type.object
    }
}
