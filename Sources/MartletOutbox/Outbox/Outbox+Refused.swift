internal import FoundationEssentials
internal import GRDB
public import Martlet
internal import MartletSQLite

/// The jobs that Redis does not accept, for example for a payload beyond the relay's limit or an option that an older
/// release does not know.
///
/// They are set aside, so that the others go on.
extension Outbox {
    /// Lists the refused jobs, the oldest first.
    ///
    /// - Parameter limit: the most jobs that are listed.
    /// - Returns: the jobs.
    /// - Throws: `JobError` with the code `outbox` when the database can't be read.
    public func refusedJobs(limit: Int = 1000) async throws(JobError) -> [RefusedJob] {
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
                    id: try JobID(queue: row.text(0), local: row.text(1)),
                    type: row.text(2),
                    enqueuedAt: Date(milliseconds: row.number(3) ?? 0),
                    reason: row.text(4)
                )
            }
        }
    }

    /// Makes the refused jobs wait once more, behind those that wait already, for when the reason is mended.
    ///
    /// - Returns: the number of jobs that wait again.
    /// - Throws: `JobError` with the code `outbox` when the database can't be written.
    @discardableResult
    public func retryRefused() async throws(JobError) -> Int {
        try await write { db in
            let sequences = try Int64.fetchAll(
                db,
                sql: "SELECT sequence FROM martlet_outbox WHERE state = 'refused' ORDER BY sequence"
            )
            // Each row gets a new number, since the queue was given others beyond the old one.
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
    ///
    /// - Returns: the number of deleted jobs.
    /// - Throws: `JobError` with the code `outbox` when the database can't be written.
    @discardableResult
    public func deleteRefused() async throws(JobError) -> Int {
        try await write { db in
            try db.execute(sql: "DELETE FROM martlet_outbox WHERE state = 'refused'")
            return db.changesCount
        }
    }
}
