internal import Foundation
internal import GRDB
internal import Martlet

/// What an outbox holds.
public struct OutboxStatus: Sendable, Hashable {
    /// Rows that wait for Redis.
    public let pending: Int
    /// Rows that Redis has, kept until their jobs are seen finished.
    public let kept: Int
    /// Rows that Redis does not accept; they stay until somebody has them sent again, or deletes them.
    public let refused: Int
    /// How long the first of the pending ones waits.
    public let oldest: Duration?
    /// How many wait for each queue.
    public let queues: [String: Int]
    /// The last of the refused ones, and why.
    public let refusal: String?
}

extension Outbox {
    /// Depth and age: what to watch, and to be alarmed by.
    public func status() async throws(ArchiveError) -> OutboxStatus {
        try await read { db in
            // Indexes answer all of this: rows may be many, and their payloads large.
            func count(_ condition: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM martlet_outbox WHERE \(condition)") ?? 0
            }
            let pending = try count("state = 'pending'")
            let kept = try count("state = 'sent'")
            let refused = try count("true") - pending - kept
            var queues: [String: Int] = [:]
            let waiting = "SELECT queue, count(*) FROM martlet_outbox WHERE state = 'pending' GROUP BY queue"
            for row in try Row.fetchAll(db, sql: waiting) { queues[row[0]] = row[1] }
            let oldest = try Int64.fetchOne(
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
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            return OutboxStatus(
                pending: pending,
                kept: kept,
                refused: refused,
                oldest: oldest.map { .milliseconds(max(0, now - $0)) },
                queues: queues,
                refusal: refusal.map { "\($0[0] as String): \($0[1] as String? ?? "")" }
            )
        }
    }
}
