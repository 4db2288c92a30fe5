/// The state of a job.
///
/// A job is in exactly one state set, and its hash names the same state: every script that moves a job writes both.
/// Each transition is one script in `lua/job`; the page <doc:JobLifecycle> lists them.
public enum JobState: String, Sendable, CaseIterable {
    /// The job waits for its time: a start that was asked for, or a retry.
    case scheduled
    /// The job waits for a worker.
    case waiting
    /// A worker holds the job's lease and runs an attempt.
    case running
    /// The last attempt returned and reported neither a warning nor an error.
    case successful
    /// The last attempt returned and reported a warning of itself.
    case warning
    /// The last attempt reported an error of itself, or failed and no retry is left, or crashes used up the job.
    case error
    /// An operator cancelled the job, or its deadline passed before an attempt could start.
    case cancelled

    /// True for the four states in which no attempt follows unless an operator restarts the job.
    public var isFinished: Bool {
        switch self {
        case .scheduled, .waiting, .running: false
        case .successful, .warning, .error, .cancelled: true
        }
    }

    /// The state in words for people, for example `Waiting to run`.
    public var title: String {
        switch self {
        case .scheduled: "Scheduled"
        case .waiting: "Waiting to run"
        case .running: "Running"
        case .successful: "Successful"
        case .warning: "Warning"
        case .error: "Error"
        case .cancelled: "Cancelled"
        }
    }
}
