internal import Martlet

/// The options of one job as they apply, decided once, at its claim: the job's own, else those of its type, else the
/// defaults.
struct ResolvedOptions: Sendable {
    let retries: RetryPolicy
    /// The time that one attempt may run.
    let timeLimit: Duration
    /// The time that the finished job is kept; nil for as long as the worker keeps jobs of its state.
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
