internal import GRDB
internal import Martlet
internal import MartletSQLite

/// A row that waits for Redis.
struct OutboxRow: Sendable {
    /// The first columns of a row, in the order in which ``init(_:now:)`` reads them.
    static let columns = "sequence, queue, id, type, payload, options, delay_ms, enqueued_at, keep"

    /// Its number; they only grow.
    let sequence: Int64
    let job: NewJob
    /// True when the row stays, once Redis has it, until its job is seen finished.
    let keep: Bool

    /// Reads the ``columns``.
    ///
    /// `now` is this machine's time in milliseconds.
    init(_ row: Row, now: Int64) throws(JobError) {
        sequence = row.number(0) ?? 0
        job = NewJob(
            id: try JobID(queue: row.text(1), local: row.text(2)),
            type: row.text(3),
            payload: Array(row.text(4).utf8),
            stored: JSONObjectText(fieldsOf: row.text(5)),
            start: Self.start(delay: row.number(6), enqueuedAt: row.number(7) ?? now, now: now)
        )
        keep = row.integer(8) != 0
    }

    /// The start behind what is left of the delay.
    ///
    /// Both times are this machine's, so their difference holds wherever its clock stands.
    private static func start(delay: Int64?, enqueuedAt: Int64, now: Int64) -> JobStart {
        let left = (delay ?? 0) - max(0, now - enqueuedAt)
        return left > 0 ? .after(.milliseconds(left)) : .now
    }
}
