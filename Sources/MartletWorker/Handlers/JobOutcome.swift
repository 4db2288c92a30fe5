internal import Martlet

/// How an attempt ended, and with it what is to become of the job. The ``Finisher`` writes it to Redis.
enum JobOutcome: Sendable {
    case successful
    /// Another attempt, after a wait.
    case retry(after: Duration, JobFailure)
    /// No other attempt.
    case error(JobFailure)
    case cancelled(JobFailure)
    case snooze(Duration)
    /// The worker stops: back to waiting, the attempt not spent.
    case release
    /// The lease is lost: somebody else has the job, nothing may be written.
    case abandoned
}

/// What went wrong with an attempt.
struct JobFailure: Sendable {
    let end: AttemptEnd.End
    let error: String
    /// The name of the type that was thrown, where something was.
    let errorType: String?

    init(_ end: AttemptEnd.End, _ error: String, type: String? = nil) {
        self.end = end
        self.error = error.bounded
        self.errorType = type
    }
}

/// When a failed attempt is followed by another.
struct RetryPolicy: Sendable {
    let maxRetries: Int
    let backoff: Duration
    let maxBackoff: Duration

    init(_ options: JobOptions) {
        let defaults = JobOptions.defaults
        self.maxRetries = options.maxRetries ?? defaults.maxRetries ?? 5
        self.backoff = options.backoff ?? defaults.backoff ?? .seconds(15)
        self.maxBackoff = options.maxBackoff ?? defaults.maxBackoff ?? .seconds(3600)
    }

    /// The wait after failed attempt number `attempt` of this round (from 1): `backoff × 2^(attempt − 1)`, at most
    /// `maxBackoff`, of which a share from 50 to 100 % is drawn, so that jobs that failed together do not come back
    /// together. Nil when the retries are spent.
    func delay(after attempt: Int, using random: inout some RandomNumberGenerator) -> Duration? {
        guard attempt <= maxRetries else { return nil }
        let doublings = min(attempt - 1, 62)
        let longest = max(0, maxBackoff.milliseconds)
        let (product, overflow) = max(0, backoff.milliseconds).multipliedReportingOverflow(by: 1 << Int64(doublings))
        let full = overflow ? longest : min(product, longest)
        return .milliseconds(Int64.random(in: (full / 2)...full, using: &random))
    }
}
