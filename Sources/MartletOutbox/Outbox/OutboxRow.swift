internal import GRDB
internal import Martlet
internal import MartletSQLite

/// A row that waits for Redis.
struct OutboxRow: Sendable {
    /// The first columns of a row, in the order in which ``job`` reads them.
    static let columns = "sequence, queue, id, type, payload, options, delay_ms, enqueued_at, keep"

    let job: OutboxedJob
    /// Whether it stays, once Redis has it, until its job is seen finished.
    let keep: Bool

    /// Reads the ``columns``.
    ///
    /// `now` is this machine's time in milliseconds.
    init(_ row: Row, now: Int64) throws(JobError) {
        job = OutboxedJob(
            sequence: row.number(0) ?? 0,
            id: try JobID(queue: row.text(1), local: row.text(2)),
            type: row.text(3),
            payload: row.text(4),
            options: Self.options(row.text(5), delay: row.number(6), enqueuedAt: row.number(7) ?? now, now: now)
        )
        keep = row.integer(8) != 0
    }

    /// Adds what is left of the delay to the options.
    ///
    /// Both times are this machine's, so their difference holds wherever its clock stands.
    private static func options(_ options: String, delay: Int64?, enqueuedAt: Int64, now: Int64) -> String {
        guard let delay else { return options }
        let left = delay - max(0, now - enqueuedAt)
        guard left > 0 else { return options }
        let field = "\"delay_ms\":\(left)"
        return options.isEmpty ? "{\(field)}" : "{\(field),\(options.dropFirst())"
    }
}
