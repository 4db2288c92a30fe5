/// A change that an operator makes to many jobs.
public enum JobChange: String, Sendable, Hashable, CaseIterable {
    /// Sends finished jobs round again.
    case restart
    /// Cancels jobs that have not finished; a running job is told to stop.
    case cancel
    /// Deletes jobs that are not running, with their logs.
    case delete

    /// The states of the jobs that it can be made to.
    public var states: Set<JobState> {
        switch self {
        case .restart: [.successful, .warning, .error, .cancelled]
        case .cancel: [.scheduled, .waiting, .running]
        case .delete: [.scheduled, .waiting, .successful, .warning, .error, .cancelled]
        }
    }
}

/// A change of many jobs by an operator, as ``Inspector/change(_:progress:)`` makes it.
public struct JobChangeRequest: Sendable {
    /// The change that is made.
    public var change: JobChange
    /// The jobs that are changed.
    public var jobs: [JobID]
    /// The filter that the jobs were chosen by; nil when they were chosen by their ids.
    ///
    /// Each job is looked at once more before its turn, and is left alone when it does not match any more.
    public var filter: JobFilter?
    /// The kind of the change in the audit list.
    public var action: AuditAction
    /// The target of the change, in words for the audit list.
    public var scope: String
    /// The deadline that restarted jobs have from now on; nil for the one that each has.
    public var deadline: JobDeadline?
    /// The operator who makes the change.
    public var `operator`: Operator

    /// Makes a request to change these jobs.
    ///
    /// Without an `action` the audit list calls it `job` and the change, for example `job restart`. Without a `scope`
    /// the audit list has the filter in the words of the command line, or the first ids. A `deadline` is for restarts.
    public init(
        _ change: JobChange,
        _ jobs: [JobID],
        matching filter: JobFilter? = nil,
        action: AuditAction? = nil,
        scope: String? = nil,
        deadline: JobDeadline? = nil,
        by operator: Operator
    ) {
        self.change = change
        self.jobs = jobs
        self.filter = filter
        self.action = action ?? AuditAction(change)
        self.deadline = deadline
        self.scope = scope ?? filter?.text ?? Self.text(jobs)
        self.operator = `operator`
    }

    /// The first five ids, for the audit list.
    package static func text(_ jobs: [JobID]) -> String {
        jobs.prefix(5).map { "\($0)" }.joined(separator: " ") + (jobs.count > 5 ? " …" : "")
    }
}

/// A job of a change, with its result.
public struct ChangedJob: Sendable, Hashable {
    /// The job's full id.
    public let id: JobID
    /// The result for this job.
    public let result: ChangeResult
}

/// The result of a change for one job.
public enum ChangeResult: Sendable, Hashable {
    /// The job waits to run again.
    case restarted
    /// The job is cancelled.
    case cancelled
    /// The job is deleted.
    case deleted
    /// The job is running, and its worker was told to stop it.
    case requested(worker: String)
    /// There is no such job.
    case notFound
    /// The job is in a state in which the change is not possible; the text says so.
    case refused(String)
    /// The job matched the filter when the jobs were counted and no longer does; it was left alone.
    case changed
}

/// The progress of a change.
public struct ChangeReport: Sendable, Hashable {
    /// The number of jobs to change.
    public var total: Int
    /// The number of jobs that were changed, or told to stop.
    public var done = 0
    /// The number of jobs for which the change was refused.
    public var failed = 0
    /// The number of jobs that did not exist, or did not match any more.
    public var missed = 0

    /// The number of jobs that were not tried yet.
    public var left: Int { total - done - failed - missed }

    mutating func add(_ result: ChangeResult) {
        switch result {
        case .restarted, .cancelled, .deleted, .requested: done += 1
        case .refused: failed += 1
        case .notFound, .changed: missed += 1
        }
    }
}
