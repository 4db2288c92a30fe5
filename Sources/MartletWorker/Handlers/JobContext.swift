public import Logging
public import Martlet

/// What a handler knows of the attempt it runs, and how it speaks of it.
public struct JobContext: Sendable {
    public let id: JobID
    /// This run of the job, counted from 1; it counts on over restarts by an operator.
    public let attempt: Int
    /// What the job is about, where the one who enqueued it said so.
    public let object: String?
    /// Its lines are the job's log: in Redis within 100 ms, visible while the job runs.
    public let logger: Logger
    /// The lease's token: with the id it names this attempt, also over rescues and restarts.
    package let token: Int
    let log: JobLog

    /// Reports that something is not as it should be. When the job returns, its status is Warning. A job that reported
    /// on itself is not retried.
    public func warning(_ message: String, metadata: Logger.Metadata? = nil) {
        log.report(.warning, message)
        logger.warning("\(message)", metadata: metadata)
    }

    /// Reports that the job failed in a way that trying again would not mend. When it returns, its status is Error.
    public func error(_ message: String, metadata: Logger.Metadata? = nil) {
        log.report(.error, message)
        logger.error("\(message)", metadata: metadata)
    }

    /// Says how far the job is: a fraction from 0 to 1 (what is outside is drawn to the nearest) and a note of at most
    /// 256 characters. The last one counts; it is in Redis within 100 ms.
    public func progress(_ fraction: Double, _ note: String = "") {
        log.note(progress: fraction, note)
    }
}
