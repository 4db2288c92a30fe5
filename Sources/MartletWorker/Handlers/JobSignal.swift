/// Thrown by a handler to say what is to become of its job. Any other error means: try again, by the job's retries.
public enum JobSignal: Error, Sendable {
    /// Again after this long, without spending an attempt: the job is early, not broken.
    case snooze(for: Duration)
    /// Not needed any more: the status is Cancelled.
    case cancel(String)
    /// Trying again would not help: the status is Error at once.
    case fail(String)
}
