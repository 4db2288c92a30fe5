/// A point that an archiver passes with each batch, in this order; its script calls have their points besides.
package enum ArchiverStep: String, Sendable, CaseIterable {
    /// The ids are known.
    case listed
    /// The jobs are in memory.
    case read
    /// The transaction is open.
    case began
    /// Half of the jobs are written.
    case wrote
    /// All are, and nothing is committed.
    case filled
    case committed
    /// They are in the file too.
    case checkpointed
    /// They are gone from Redis.
    case removed
}

/// Hears of every step on the thread that takes it: a test kit makes the process die there.
package typealias ArchiverTap = @Sendable (ArchiverStep) -> Void
