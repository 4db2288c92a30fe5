/// An error that a handler throws to say what becomes of its job.
///
/// Any other error stands for another attempt, as the job's retries allow.
public enum JobSignal: Error, Sendable {
    /// Run the job again after this time without spending an attempt: it came too early and nothing is wrong with it.
    case snooze(for: Duration)
    /// The attempt failed for this reason. Another one follows after this time, whatever the job's backoff is; when no
    /// retry is left, the status is Error.
    case retry(after: Duration, String)
    /// The job is not needed any more, for this reason: the status is Cancelled.
    case cancel(String)
    /// The job failed for this reason and another attempt would not help: the status is Error at once.
    case fail(String)
}

/// The error of an attempt that ran for longer than its time limit, as ``JobHandler/backoff(after:_:)`` gets it.
public struct TimeLimitExceeded: Error, Sendable, CustomStringConvertible {
    /// The time limit of the attempt.
    public let limit: Duration

    /// A sentence with the limit in it.
    public var description: String { "the time limit of \(limit.formatted) was exceeded" }
}
