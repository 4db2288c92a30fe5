public import FoundationEssentials
public import Logging
public import Martlet

/// What a handler knows of the attempt it runs, and how it speaks of it.
///
/// Every time is Redis's.
public struct JobContext: Sendable {
    /// The id of the job.
    public let id: JobID
    /// The name that the handler is registered under.
    public let type: String
    /// This run of the job, counted from 1; it counts on over restarts by an operator.
    public let attempt: Int
    /// How many attempts may follow this one if it fails.
    public let retriesLeft: Int
    /// What the job is about, where the one who enqueued it said so.
    public let object: String?
    /// The schedule that the job comes from, if it comes from one.
    public let schedule: String?
    /// The moment of the schedule that the job stands for.
    ///
    /// It may be long past: a slot can be caught up. Nil for a job of no schedule.
    public let slot: Date?
    /// When the job was enqueued.
    public let enqueuedAt: Date
    /// When this attempt was claimed.
    public let startedAt: Date
    /// How long the job had waited then since it could run.
    public let waited: Duration
    /// The job's JSON, as it stands in Redis.
    public let payload: [UInt8]
    /// Its lines are the job's log: in Redis within 100 ms, visible while the job runs.
    public let logger: Logger
    /// The lease's token: with the id it names this attempt, also over rescues and restarts.
    package let token: Int
    package let notes: any AttemptNotes

    /// The queue that the job was claimed from.
    public var queue: String { id.queue }
    /// How long this attempt may run.
    public var timeLimit: Duration { notes.timeLimit }
    /// When the time limit of this attempt ends: then its task is cancelled, and the attempt counts as failed.
    ///
    /// Nil once the attempt was told to end.
    public var deadline: Date? { notes.deadline }

    package init(
        id: JobID,
        type: String,
        attempt: Int,
        retriesLeft: Int,
        object: String?,
        schedule: String?,
        slot: Date?,
        enqueuedAt: Date,
        startedAt: Date,
        waited: Duration,
        payload: [UInt8],
        logger: Logger,
        token: Int,
        notes: any AttemptNotes
    ) {
        self.id = id
        self.type = type
        self.attempt = attempt
        self.retriesLeft = retriesLeft
        self.object = object
        self.schedule = schedule
        self.slot = slot
        self.enqueuedAt = enqueuedAt
        self.startedAt = startedAt
        self.waited = waited
        self.payload = payload
        self.logger = logger
        self.token = token
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
