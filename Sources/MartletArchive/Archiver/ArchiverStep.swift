/// A point that an archiver passes with each batch, in this order.
///
/// Its script calls have further points of their own.
package enum ArchiverStep: String, Sendable, CaseIterable {
    /// The ids are known.
    case listed
    /// The jobs are in memory.
    case read
    /// The transaction is open.
    case began
    /// Half of the jobs are written.
    case wrote
    /// All jobs are written, and nothing is committed.
    case filled
    /// The transaction is committed.
    case committed
    /// The committed jobs are in the file itself, too.
    case checkpointed
    /// The jobs are deleted in Redis.
    case removed
}

/// A function that is called at every step, on the thread that takes it.
///
/// A test kit lets the process die there.
package typealias ArchiverTap = @Sendable (ArchiverStep) -> Void
