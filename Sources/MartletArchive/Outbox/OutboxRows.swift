internal import Foundation
internal import GRDB
internal import Martlet

/// A row that waits for Redis.
struct OutboxRow: Sendable {
    let job: OutboxedJob
    let keep: Bool
}

/// What a relay reads and writes in the tables of an outbox; each call is one transaction.
extension Outbox {
    /// The first rows that wait, up to a megabyte of them.
    func pending(limit: Int) async throws(ArchiveError) -> [OutboxRow] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT sequence, queue, id, type, payload, options, delay_ms, enqueued_at, keep FROM martlet_outbox
                    WHERE state = 'pending' ORDER BY sequence LIMIT ?
                    """,
                arguments: [limit]
            )
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            var result: [OutboxRow] = []
            var bytes = 0
            while bytes < 1 << 20, let row = try rows.next() {
                let payload: String = row[4]
                bytes += payload.utf8.count
                result.append(
                    OutboxRow(
                        job: OutboxedJob(
                            sequence: row[0],
                            id: try JobID(queue: row[1], local: row[2]),
                            type: row[3],
                            payload: payload,
                            options: Self.options(row[5], delay: row[6], enqueuedAt: row[7], now: now)
                        ),
                        keep: row[8]
                    )
                )
            }
            return result
        }
    }

    /// The options with what is left of the delay: both times are this machine's, so their difference holds wherever
    /// its clock stands.
    static func options(_ options: String, delay: Int64?, enqueuedAt: Int64, now: Int64) -> String {
        guard let delay else { return options }
        let left = delay - max(0, now - enqueuedAt)
        guard left > 0 else { return options }
        let field = "\"delay_ms\":\(left)"
        return options.isEmpty ? "{\(field)}" : "{\(field),\(options.dropFirst())"
    }

    /// Names this outbox to Redis, for as long as the database lives and goes only forward.
    func id() async throws(ArchiveError) -> String {
        try await read { db in try String.fetchOne(db, sql: "SELECT id FROM martlet_outbox_meta") ?? "" }
    }

    /// The id, after the slash, of the job in a row; nil where there is no such row.
    func job(_ sequence: Int64, queue: String) async throws(ArchiveError) -> String? {
        try await read { db in
            try String.fetchOne(
                db,
                sql: "SELECT id FROM martlet_outbox WHERE sequence = ? AND queue = ?",
                arguments: [sequence, queue]
            )
        }
    }

    /// From now on this is another outbox to Redis, which has been given nothing by it.
    func rename() async throws(ArchiveError) {
        try await write { db in
            try db.execute(sql: "UPDATE martlet_outbox_meta SET id = ?", arguments: [JobID.makeLocal()])
            try db.execute(sql: "DELETE FROM martlet_outbox_queues")
        }
    }

    /// The number of the last row that a queue took; 0 for none.
    func given(_ queue: String) async throws(ArchiveError) -> Int64 {
        try await read { db in
            try Int64.fetchOne(db, sql: "SELECT given FROM martlet_outbox_queues WHERE queue = ?", arguments: [queue])
                ?? 0
        }
    }

    /// Redis has these rows of a queue: those that are to be kept stay, the others go.
    func taken(_ rows: some Collection<OutboxRow> & Sendable, queue: String) async throws(ArchiveError) {
        guard let last = rows.map(\.job.sequence).max() else { return }
        try await write { db in
            let keep = try db.cachedStatement(
                sql: "UPDATE martlet_outbox SET state = 'sent', sent_at = ? WHERE sequence = ? AND state = 'pending'"
            )
            let remove = try db.cachedStatement(sql: "DELETE FROM martlet_outbox WHERE sequence = ?")
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            for row in rows {
                if row.keep {
                    try keep.execute(arguments: [now, row.job.sequence])
                } else {
                    try remove.execute(arguments: [row.job.sequence])
                }
            }
            try db.execute(
                sql: """
                    INSERT INTO martlet_outbox_queues (queue, given) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET given = max(given, excluded.given)
                    """,
                arguments: [queue, last]
            )
        }
    }

    /// Redis will not have this row.
    func refused(_ sequence: Int64, _ reason: String) async throws(ArchiveError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE martlet_outbox SET state = 'refused', error = ? WHERE sequence = ?",
                arguments: [reason, sequence]
            )
        }
    }

    /// Redis has lost what a queue was given after a row: what was kept of it waits again.
    /// - Returns: how many rows.
    func lost(_ queue: String, after sequence: Int64) async throws(ArchiveError) -> Int {
        try await write { db in
            try db.execute(
                sql: "UPDATE martlet_outbox_queues SET given = ? WHERE queue = ?",
                arguments: [sequence, queue]
            )
            try db.execute(
                sql: "UPDATE martlet_outbox SET state = 'pending' WHERE state = 'sent' AND queue = ? AND sequence > ?",
                arguments: [queue, sequence]
            )
            return db.changesCount
        }
    }

    /// Rows that are kept, from one on.
    func kept(after sequence: Int64, limit: Int) async throws(ArchiveError) -> [(sequence: Int64, id: JobID)] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, queue, id FROM martlet_outbox WHERE state = 'sent' AND sequence > ?
                    ORDER BY sequence LIMIT ?
                    """,
                arguments: [sequence, limit]
            ).map { ($0[0], try JobID(queue: $0[1], local: $0[2])) }
        }
    }

    /// The jobs of these rows have finished.
    func finished(_ sequences: [Int64]) async throws(ArchiveError) {
        try await write { db in
            let remove = try db.cachedStatement(sql: "DELETE FROM martlet_outbox WHERE sequence = ? AND state = 'sent'")
            for sequence in sequences { try remove.execute(arguments: [sequence]) }
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ArchiveError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw ArchiveError(error, path: path)
        }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ArchiveError) -> Value {
        do {
            return try await database.write(body)
        } catch {
            throw ArchiveError(error, path: path)
        }
    }
}
