public import FoundationEssentials

/// The worker process that fires schedules; times are by Redis's clock.
public struct LeaderRecord: Sendable, Hashable {
    /// The worker's id.
    public let worker: String
    /// The number of this leadership; each is higher than those before.
    public let term: Int
    /// The time at which it was elected.
    public let electedAt: Date
    /// The time at which its lease ends unless it renews.
    public let expiresAt: Date

    /// Reads the hash; nil when there is no leader, or its lease has ended.
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
