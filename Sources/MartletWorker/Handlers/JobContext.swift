public import FoundationEssentials
public import Logging
public import Martlet

/// The attempt that a handler runs: its facts, and the ways to report on it.
///
/// Every time is by Redis's clock.
public struct JobContext: Sendable {
    /// The number of attempts that may follow this one if it fails.
    public let retriesLeft: Int
    /// The object that the job is about; nil when the job was enqueued without one.
    public let object: String?
    /// The logger that writes the job's log.
    ///
    /// Its lines are in Redis within 100 ms, visible while the job runs.
    public let logger: Logger
    private let job: ClaimedJob
    package let notes: any AttemptNotes

    /// The id of the job.
    public var id: JobID { job.id }
    /// The queue that the job was claimed from.
    public var queue: String { job.id.queue }
    /// The name that the handler is registered under.
    public var type: String { job.type }
    /// The job's JSON, as it stands in Redis.
    public var payload: [UInt8] { job.payload }
    /// The number of this attempt: 1 for the first, and counted on over restarts by an operator.
    public var attempt: Int { job.attempt }
    /// The schedule that the job comes from; nil for a job of no schedule.
    public var schedule: String? { job.schedule }
    /// The moment of the schedule that the job stands for.
    ///
    /// It may be long past: a slot can be caught up. Nil for a job of no schedule.
    public var slot: Date? { job.slot }
    /// The time at which the job was enqueued.
    public var enqueuedAt: Date { job.enqueuedAt }
    /// The time at which this attempt was claimed.
    public var startedAt: Date { job.startedAt }
    /// The time from when the job could first run to the claim of this attempt.
    public var waited: Duration { job.waited }
    /// The time that this attempt may run, from its beginning.
    public var timeLimit: Duration { notes.timeLimit }
    /// The time at which the time limit of this attempt ends.
    ///
    /// The handler's task is cancelled then, and the attempt counts as failed.
    ///
    /// Nil once the attempt was told to end.
    public var deadline: Date? { notes.deadline }
    /// The lease's token.
    ///
    /// With the id it names this attempt uniquely, also after rescues and restarts.
    package var token: Int { job.token }

    package init(
        _ job: ClaimedJob,
        retriesLeft: Int,
        object: String?,
        logger: Logger,
        notes: any AttemptNotes
    ) {
        self.job = job
        self.retriesLeft = retriesLeft
        self.object = object
        self.logger = logger
        self.notes = notes
    }

    /// Reports that something is not as it should be.
    ///
    /// When the job returns, its status is Warning. A job that reported on itself is not retried.
    public func warning(_ message: String, metadata: Logger.Metadata? = nil) {
        notes.report(.warning, message)
        logger.warning("\(message)", metadata: metadata)
    }

    /// Reports that the job failed in a way that trying again would not mend.
    ///
    /// When it returns, its status is Error.
    public func error(_ message: String, metadata: Logger.Metadata? = nil) {
        notes.report(.error, message)
        logger.error("\(message)", metadata: metadata)
    }

    /// Reports the job's progress: a fraction from 0 to 1, and a note of at most 256 characters.
    ///
    /// A fraction outside that range counts as the nearest end of it. The last report counts; it is in Redis within 100
    /// ms.
    public func progress(_ fraction: Double, _ note: String = "") {
        notes.progress(fraction, note)
    }
}
