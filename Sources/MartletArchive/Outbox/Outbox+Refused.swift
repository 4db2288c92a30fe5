internal import Foundation
internal import GRDB
public import Martlet

/// A job in an outbox that Redis does not accept.
public struct RefusedJob: Sendable, Hashable {
    public let id: JobID
    public let type: String
    /// Milliseconds since 1970, by the clock of the machine that enqueued it.
    public let enqueuedAt: Int64
    /// The field that is wrong, its value and what would be right.
    public let reason: String
}

/// What becomes of jobs that Redis does not accept: a payload beyond the relay's limit, an option that an older release
/// does not know. They are set aside, so that the others go on.
extension Outbox {
    /// The refused jobs, the oldest first.
    /// - Throws: ``ArchiveError``, as all of these.
    public func refusedJobs(limit: Int = 1000) async throws(ArchiveError) -> [RefusedJob] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT queue, id, type, enqueued_at, error FROM martlet_outbox WHERE state = 'refused'
                    ORDER BY sequence LIMIT ?
                    """,
                arguments: [limit]
            ).map { row in
                RefusedJob(
                    id: try JobID(queue: row[0], local: row[1]),
                    type: row[2],
                    enqueuedAt: row[3],
                    reason: row[4] ?? ""
                )
            }
        }
    }

    /// Sends the refused jobs once more, behind those that wait: for when what was wrong has been mended.
    /// - Returns: how many wait again.
    @discardableResult
    public func retryRefused() async throws(ArchiveError) -> Int {
        try await write { db in
            let sequences = try Int64.fetchAll(
                db,
                sql: "SELECT sequence FROM martlet_outbox WHERE state = 'refused' ORDER BY sequence"
            )
            // Under a number of its own: the queue has been given others beyond the old one.
            let columns = "queue, id, type, payload, options, delay_ms, enqueued_at, keep"
            for sequence in sequences {
                let old = try Row.fetchOne(
                    db,
                    sql: "DELETE FROM martlet_outbox WHERE sequence = ? RETURNING \(columns)",
                    arguments: [sequence]
                )
                guard let old else { continue }
                try db.execute(
                    sql: "INSERT INTO martlet_outbox (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: StatementArguments(old.databaseValues)
                )
            }
            return sequences.count
        }
    }

    /// Deletes the refused jobs for good.
    /// - Returns: how many.
    @discardableResult
    public func deleteRefused() async throws(ArchiveError) -> Int {
        try await write { db in
            try db.execute(sql: "DELETE FROM martlet_outbox WHERE state = 'refused'")
            return db.changesCount
        }
    }
}
