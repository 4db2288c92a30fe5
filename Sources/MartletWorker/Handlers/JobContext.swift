public import FoundationEssentials
public import Logging
public import Martlet

/// What a handler knows of the attempt it runs, and how it speaks of it.
///
/// Every time is Redis's.
public struct JobContext: Sendable {
    /// How many attempts may follow this one if it fails.
    public let retriesLeft: Int
    /// What the job is about, where the one who enqueued it said so.
    public let object: String?
    /// Its lines are the job's log: in Redis within 100 ms, visible while the job runs.
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
    /// This run of the job, counted from 1; it counts on over restarts by an operator.
    public var attempt: Int { job.attempt }
    /// The schedule that the job comes from, if it comes from one.
    public var schedule: String? { job.schedule }
    /// The moment of the schedule that the job stands for.
    ///
    /// It may be long past: a slot can be caught up. Nil for a job of no schedule.
    public var slot: Date? { job.slot }
    /// When the job was enqueued.
    public var enqueuedAt: Date { job.enqueuedAt }
    /// When this attempt was claimed.
    public var startedAt: Date { Date(milliseconds: job.startedAt) }
    /// How long the job had waited then since it could run.
    public var waited: Duration { job.waited }
    /// How long this attempt may run.
    public var timeLimit: Duration { notes.timeLimit }
    /// When the time limit of this attempt ends: then its task is cancelled, and the attempt counts as failed.
    ///
    /// Nil once the attempt was told to end.
    public var deadline: Date? { notes.deadline }
    /// The lease's token: with the id it names this attempt, also over rescues and restarts.
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

    /// Says how far the job is: a fraction from 0 to 1 (what is outside is drawn to the nearest) and a note of at most
    /// 256 characters.
    ///
    /// The last one counts; it is in Redis within 100 ms.
    public func progress(_ fraction: Double, _ note: String = "") {
        notes.progress(fraction, note)
    }
}
