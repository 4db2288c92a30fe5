public import FoundationEssentials

/// The worker process that fires schedules. Times are by Redis's clock.
public struct LeaderRecord: Sendable, Hashable {
    /// The worker's id.
    public let worker: String
    /// Its number; each leader has a higher one than those before.
    public let term: Int
    /// When it was elected.
    public let electedAt: Date
    /// When its lease ends unless it renews.
    public let expiresAt: Date

    /// Nil when nobody leads, or the lease has ended.
    init?(_ hash: StoredHash, now: Date) {
        guard let worker = hash["worker"], let term = hash.number("term"), let electedAt = hash.time("elected_at"),
            let expiresAt = hash.time("expires_at"), expiresAt > now
        else { return nil }
        self.worker = worker
        self.term = term
        self.electedAt = electedAt
        self.expiresAt = expiresAt
    }
}
