public import FoundationEssentials
public import Martlet

/// A job in an outbox that Redis does not accept.
public struct RefusedJob: Sendable, Hashable {
    /// The id that the job was enqueued with.
    public let id: JobID
    /// The job type.
    public let type: String
    /// The time of the enqueueing, by the clock of the machine that enqueued the job.
    public let enqueuedAt: Date
    /// The field that is wrong, its value and what would be right.
    public let reason: String
}
