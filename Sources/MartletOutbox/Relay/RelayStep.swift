/// A point that a relay passes with each batch, in this order; its script calls have their points besides.
package enum RelayStep: String, Sendable, CaseIterable {
    /// The rows are in memory.
    case read
    /// Redis has them, and the outbox does not know.
    case taken
    /// Replicas have them too, where they are asked.
    case confirmed
    /// The outbox knows.
    case noted
    /// Jobs were seen finished, and their rows are still there.
    case seen
    /// Their rows have gone.
    case forgotten
}

/// Hears of every step on the thread that takes it: a test kit makes the process die there.
package typealias RelayTap = @Sendable (RelayStep) -> Void
