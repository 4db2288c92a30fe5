/// The worker process that fires schedules. Times are milliseconds since 1970 by Redis's clock.
public struct LeaderRecord: Sendable, Hashable {
    public let worker: String
    /// Its number; each leader has a higher one than those before.
    public let term: Int
    public let electedAt: Int64
    /// When its lease ends unless it renews.
    public let expiresAt: Int64

    /// Nil when nobody leads, or the lease has ended.
    init?(_ fields: [String: String], now: Int64) {
        func number(_ field: String) -> Int64? { fields[field].flatMap { Int64($0) } }
        guard let worker = fields["worker"], let term = number("term"), let electedAt = number("elected_at"),
            let expiresAt = number("expires_at"), expiresAt > now
        else { return nil }
        self.worker = worker
        self.term = Int(term)
        self.electedAt = electedAt
        self.expiresAt = expiresAt
    }
}
