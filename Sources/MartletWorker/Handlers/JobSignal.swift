/// Thrown by a handler to say what is to become of its job.
///
/// Any other error means: try again, by the job's retries.
public enum JobSignal: Error, Sendable {
    /// Again after this long, without spending an attempt: the job is early, not broken.
    case snooze(for: Duration)
    /// The attempt failed for this reason, and another one follows after this long, whatever the job's backoff says.
    /// When no retry is left, the status is Error.
    case retry(after: Duration, String)
    /// Not needed any more: the status is Cancelled.
    case cancel(String)
    /// Trying again would not help: the status is Error at once.
    case fail(String)
}

/// The error of an attempt that ran for longer than its time limit, as ``JobHandler/backoff(after:_:)`` gets it.
public struct TimeLimitExceeded: Error, Sendable, CustomStringConvertible {
    /// The time limit of the attempt.
    public let limit: Duration

    /// A sentence with the limit in it.
    public var description: String { "the time limit of \(limit.formatted) was exceeded" }
}
