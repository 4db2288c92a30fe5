internal import GRDB
internal import Martlet
internal import MartletSQLite

/// The reads and writes of a relay in the tables of an outbox; each call is one transaction.
extension Outbox {
    /// Reads the first rows that wait, up to a megabyte of them.
    func pendingRows(limit: Int) async throws(JobError) -> [OutboxRow] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(OutboxRow.columns) FROM martlet_outbox
                    WHERE state = 'pending' ORDER BY sequence LIMIT ?
                    """,
                arguments: [limit]
            )
            let now = Self.now()
            var result: [OutboxRow] = []
            var bytes = 0
            while bytes < 1 << 20, let row = try rows.next() {
                let pending = try OutboxRow(row, now: now)
                bytes += pending.job.payload.count
                result.append(pending)
            }
            return result
        }
    }

    /// Reads the id that names this outbox to Redis.
    ///
    /// It stays the same for as long as the database lives and only goes forward.
    func id() async throws(JobError) -> String {
        try await read { db in try String.fetchOne(db, sql: "SELECT id FROM martlet_outbox_meta") ?? "" }
    }

    /// Reads the id, after the slash, of the job in a row; nil where there is no such row.
    func localID(ofRow sequence: Int64, queue: String) async throws(JobError) -> String? {
        try await read { db in
            try String.fetchOne(
                db,
                sql: "SELECT id FROM martlet_outbox WHERE sequence = ? AND queue = ?",
                arguments: [sequence, queue]
            )
        }
    }

    /// Takes a new id.
    ///
    /// To Redis this is another outbox from now on, which has given it nothing.
    func changeID() async throws(JobError) {
        try await write { db in
            try db.execute(sql: "UPDATE martlet_outbox_meta SET id = ?", arguments: [JobID.makeLocal()])
            try db.execute(sql: "DELETE FROM martlet_outbox_queues")
        }
    }

    /// Reads the number of the last row that a queue took; 0 for none.
    func lastSequence(takenBy queue: String) async throws(JobError) -> Int64 {
        try await read { db in
            try Int64.fetchOne(db, sql: "SELECT given FROM martlet_outbox_queues WHERE queue = ?", arguments: [queue])
                ?? 0
        }
    }

    /// Notes that Redis has these rows of a queue.
    ///
    /// Rows that are to be kept stay, and the others are deleted.
    func markSent(_ rows: some Collection<OutboxRow> & Sendable, queue: String) async throws(JobError) {
        guard let last = rows.map(\.sequence).max() else { return }
        try await write { db in
            let keep = try db.cachedStatement(
                sql: "UPDATE martlet_outbox SET state = 'sent', sent_at = ? WHERE sequence = ? AND state = 'pending'"
            )
            let remove = try db.cachedStatement(sql: "DELETE FROM martlet_outbox WHERE sequence = ?")
            let now = Self.now()
            for row in rows {
                if row.keep {
                    try keep.execute(arguments: [now, row.sequence])
                } else {
                    try remove.execute(arguments: [row.sequence])
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

    /// Notes that Redis does not accept a row, and why.
    func markRefused(row sequence: Int64, reason: String) async throws(JobError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE martlet_outbox SET state = 'refused', error = ? WHERE sequence = ?",
                arguments: [reason, sequence]
            )
        }
    }

    /// Notes that Redis has lost what a queue was given after a row.
    ///
    /// The kept ones of these rows wait again.
    /// - Returns: the number of rows that wait again.
    func markLost(queue: String, after sequence: Int64) async throws(JobError) -> Int {
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

    /// Reads the numbers and ids of kept rows, after a number.
    func keptRows(after sequence: Int64, limit: Int) async throws(JobError) -> [(sequence: Int64, id: JobID)] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, queue, id FROM martlet_outbox WHERE state = 'sent' AND sequence > ?
                    ORDER BY sequence LIMIT ?
                    """,
                arguments: [sequence, limit]
            ).map { ($0.number(0) ?? 0, try JobID(queue: $0.text(1), local: $0.text(2))) }
        }
    }

    /// Deletes rows whose jobs have finished.
    func deleteFinished(rows sequences: [Int64]) async throws(JobError) {
        try await write { db in
            let remove = try db.cachedStatement(sql: "DELETE FROM martlet_outbox WHERE sequence = ? AND state = 'sent'")
            for sequence in sequences { try remove.execute(arguments: [sequence]) }
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(JobError) -> Value {
        try await database.read(throwing: JobError.self, body)
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(JobError) -> Value {
        try await database.write(throwing: JobError.self, body)
    }
}
