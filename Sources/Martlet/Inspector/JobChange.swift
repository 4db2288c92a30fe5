/// What an operator does to many jobs.
public enum JobChange: String, Sendable, Hashable, CaseIterable {
    /// Finished jobs go round again.
    case restart
    /// Jobs that have not finished are cancelled; a running one is told to stop.
    case cancel
    /// Jobs that do not run go, with their logs.
    case delete

    /// The states in which it can be done.
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
    /// What is done.
    public var change: JobChange
    /// The jobs that it is done to.
    public var jobs: [JobID]
    /// What the jobs were chosen by: each is looked at once more before its turn, and is left alone when it does not
    /// match any more. Nil when they were chosen by their ids.
    public var filter: JobFilter?
    /// What the audit list calls it, for example `queue purge`.
    public var action: String
    /// What it is done to, in words for the audit list.
    public var scope: String
    /// Who does it.
    public var `operator`: Operator

    /// - Parameters:
    ///   - filter: what the jobs were chosen by; nil when they were chosen by their ids.
    ///   - action: what the audit list calls it. Default: `job` and the change, for example `job restart`.
    ///   - scope: what it is done to, in words. Default: the filter in the words of the command line, or the first ids.
    public init(
        _ change: JobChange,
        _ jobs: [JobID],
        matching filter: JobFilter? = nil,
        action: String? = nil,
        scope: String? = nil,
        by operator: Operator
    ) {
        self.change = change
        self.jobs = jobs
        self.filter = filter
        self.action = action ?? "job \(change.rawValue)"
        self.scope = scope ?? filter?.text ?? Self.text(jobs)
        self.operator = `operator`
    }

    /// The first five ids.
    package static func text(_ jobs: [JobID]) -> String {
        jobs.prefix(5).map { "\($0)" }.joined(separator: " ") + (jobs.count > 5 ? " …" : "")
    }
}

/// A job of a change, and what came of it.
public struct ChangedJob: Sendable, Hashable {
    /// The job's full id.
    public let id: JobID
    /// What came of it.
    public let result: ChangeResult
}

/// What came of a change for one job.
public enum ChangeResult: Sendable, Hashable {
    /// It waits to run again.
    case restarted
    /// It is cancelled.
    case cancelled
    /// It is gone.
    case deleted
    /// It runs; its worker was told to stop it.
    case requested(worker: String)
    /// There is no such job.
    case notFound
    /// It is in a state in which this can't be done; the text says so.
    case refused(String)
    /// It matched when the jobs were counted and does not match any more: it was left alone.
    case changed
}

/// How far a change has come.
public struct ChangeReport: Sendable, Hashable {
    /// How many jobs are to be changed.
    public var total: Int
    /// How many were changed, or told to stop.
    public var done = 0
    /// How many were refused.
    public var failed = 0
    /// How many were not there, or did not match any more.
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
