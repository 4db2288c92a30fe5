/// What an operator does to many jobs.
public enum JobChange: String, Sendable, Hashable, CaseIterable {
    case restart, cancel, delete

    /// The states in which it can be done.
    public var states: Set<JobState> {
        switch self {
        case .restart: [.successful, .warning, .error, .cancelled]
        case .cancel: [.scheduled, .waiting, .running]
        case .delete: [.scheduled, .waiting, .successful, .warning, .error, .cancelled]
        }
    }
}

/// What came of a change for one job.
public enum ChangeResult: Sendable, Hashable {
    case restarted, cancelled, deleted
    /// It runs; its worker was told to stop it.
    case requested(worker: String)
    /// There is no such job.
    case notFound
    /// It is in a state in which this can't be done; the text says so.
    case refused(String)
    /// It was meant when the jobs were counted, and is not any more: it was left alone.
    case changed
}

/// How far a change has come.
public struct ChangeReport: Sendable, Hashable {
    public var total: Int
    public var done = 0
    /// Refused.
    public var failed = 0
    /// There is no such job, or it is none of those that were meant any more.
    public var missed = 0

    /// How many nothing was tried with yet.
    public var left: Int { total - done - failed - missed }

    mutating func add(_ result: ChangeResult) {
        switch result {
        case .restarted, .cancelled, .deleted, .requested: done += 1
        case .refused: failed += 1
        case .notFound, .changed: missed += 1
        }
    }
}
