/// The worst report that a job made of itself during an attempt.
package enum SelfReport: String, Sendable, Comparable {
    case warning, error

    package static func < (one: SelfReport, other: SelfReport) -> Bool { one == .warning && other == .error }
}

/// The end of an attempt that no other attempt follows.
package struct JobEnding: Sendable {
    package enum Outcome: String, Sendable { case successful, error, cancelled }
    package let id: JobID
    package let token: Int
    package let outcome: Outcome
    package let report: SelfReport?
    /// The error, or what the job reported of itself; empty when there is nothing to say.
    package let error: String
    /// The entry for the job's list of attempts; nil when the attempt simply succeeded.
    package let attempt: AttemptEnd?
    /// The text that the attempt is counted by, as `lua/job/finish.lua` takes it.
    package let timing: String
    /// The time that the job is kept; nil for as long as its state is.
    package let retention: Duration?

    package init(
        _ job: ClaimedJob,
        _ outcome: Outcome,
        report: SelfReport?,
        error: String = "",
        attempt: AttemptEnd? = nil,
        retention: Duration? = nil
    ) {
        self.id = job.id
        self.token = job.token
        self.outcome = outcome
        self.report = report
        self.error = error
        self.attempt = attempt
        self.timing = job.timing
        self.retention = retention ?? job.options.retention
    }
}
