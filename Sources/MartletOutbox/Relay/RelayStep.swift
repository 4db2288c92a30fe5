/// A point that a relay passes with each batch, in this order.
///
/// Its script calls have further points of their own.
package enum RelayStep: String, Sendable, CaseIterable {
    /// The rows are in memory.
    case read
    /// Redis has the rows, and the outbox does not know it.
    case taken
    /// Replicas have the rows, too, where they are asked for.
    case confirmed
    /// The outbox has noted that Redis has the rows.
    case noted
    /// Jobs were seen finished, and their rows are still there.
    case seen
    /// These rows are deleted.
    case forgotten
}

/// A function that is called at every step, on the thread that takes it.
///
/// A test kit lets the process die there.
package typealias RelayTap = @Sendable (RelayStep) -> Void
