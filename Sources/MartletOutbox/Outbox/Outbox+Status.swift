internal import GRDB
public import Martlet
internal import MartletSQLite

/// The depth and the age of an outbox: the figures to monitor, and to alert on.
public struct OutboxStatus: Sendable, Hashable {
    /// The number of rows that wait for Redis.
    public let pending: Int
    /// The number of rows that Redis has, kept until their jobs are seen finished.
    public let kept: Int
    /// The number of rows that Redis does not accept; they stay until they are sent again or deleted.
    public let refused: Int
    /// The time that the first of the pending rows has waited; nil when none waits.
    public let oldest: Duration?
    /// The number of pending rows for each queue that has any.
    public let queues: [String: Int]
    /// The id of the last refused job, and the reason; nil when none is refused.
    public let refusal: String?
}

extension Outbox {
    /// Counts the rows of the outbox.
    ///
    /// It reads indexes, so it is fast however many rows there are.
    ///
    /// - Returns: the depth and the age of the outbox.
    /// - Throws: `JobError` with the code `outbox` when the database can't be read.
    public func status() async throws(JobError) -> OutboxStatus {
        try await read { db in
            func count(_ condition: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM martlet_outbox WHERE \(condition)") ?? 0
            }
            let pending = try count("state = 'pending'")
            let kept = try count("state = 'sent'")
            let refused = try count("true") - pending - kept
            var queues: [String: Int] = [:]
            let waiting = "SELECT queue, count(*) FROM martlet_outbox WHERE state = 'pending' GROUP BY queue"
            for row in try Row.fetchAll(db, sql: waiting) { queues[row.text(0)] = row.integer(1) }
            let oldest = try Row.fetchOne(
                db,
                sql: "SELECT enqueued_at FROM martlet_outbox WHERE state = 'pending' ORDER BY sequence LIMIT 1"
            )
            let refusal =
                refused == 0
                ? nil
                : try Row.fetchOne(
                    db,
                    sql: """
                        SELECT queue || '/' || id, error FROM martlet_outbox WHERE state = 'refused'
                        ORDER BY sequence DESC LIMIT 1
                        """
                )
            let now = Self.now()
            return OutboxStatus(
                pending: pending,
                kept: kept,
                refused: refused,
                oldest: oldest.map { .milliseconds(max(0, now - ($0.number(0) ?? now))) },
                queues: queues,
                refusal: refusal.map { "\($0.text(0)): \($0.text(1))" }
            )
        }
    }
}
