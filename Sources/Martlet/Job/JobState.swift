/// The state of a job.
///
/// A job is in exactly one state set, and its hash says the same state: every script that moves a job writes both. Each
/// transition is one script in `lua/job`; the page <doc:JobLifecycle> lists them.
public enum JobState: String, Sendable, CaseIterable {
    case scheduled, waiting, running, successful, warning, error, cancelled

    public var isFinished: Bool {
        switch self {
        case .scheduled, .waiting, .running: false
        case .successful, .warning, .error, .cancelled: true
        }
    }

    /// What a person reads: the five words of the reference, and two more.
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
