internal import Foundation
public import GRDB
public import Martlet
internal import Synchronization

/// Jobs enqueued within the application's own database transaction: rollback means no job, commit means exactly one.
///
/// ```swift
/// let outbox = try Outbox(database)                        // any GRDB database; makes its tables in it
/// try await database.write { db in
///     try order.insert(db)
///     try outbox.enqueue(SendInvoice(order: order.id), in: db)
/// }
/// ```
/// A job stands in the table `martlet_outbox` from the commit on; an ``OutboxRelay``, in this process or another,
/// brings it to Redis. Whatever dies when: Redis takes each row in once.
public final class Outbox: Sendable {
    /// How many rows may wait for Redis.
    public let limit: Int
    /// Whether a row stays, once Redis has it, until its job is seen finished: then a Redis that loses what it has is
    /// given the unfinished jobs again.
    public let keepUntilFinished: Bool

    let database: any DatabaseWriter
    private let payloadLimit: Int
    private let listeners = Mutex<[Int: @Sendable () -> Void]>([:])

    /// - Parameters:
    ///   - limit: rows that may wait for Redis; with more, `enqueue` throws. Default 100,000.
    ///   - payloadLimit: the most bytes that a payload may have; at most that of the relay's ``JobClient``.
    /// - Throws: ``ArchiveError`` when the tables can't be made, or are those of a later release.
    public init(
        _ database: any DatabaseWriter,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        payloadLimit: Int = 256 << 10
    ) throws(ArchiveError) {
        self.database = database
        self.limit = limit
        self.keepUntilFinished = keepUntilFinished
        self.payloadLimit = payloadLimit
        do {
            try database.write { db in try OutboxSchema.migrate(db) }
        } catch {
            throw ArchiveError(error, path: database.path)
        }
    }

    /// Enqueues a job with the transaction that `db` is in.
    /// - Parameter id: an id of your own; the same id twice gives the job that is there.
    /// - Throws: ``JobError``: `invalid` for what is not acceptable, `full` when ``limit`` rows wait for Redis. Nothing
    ///   is written then; whether the transaction goes on is yours to say. Else what SQLite says.
    @discardableResult
    public func enqueue(
        _ job: some Job,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now,
        in db: Database
    ) throws -> EnqueuedJob {
        try enqueue([NewJob(job, id: id, options: options, start: start)], in: db)[0]
    }

    /// Enqueues many jobs with the transaction that `db` is in.
    @discardableResult
    public func enqueue(_ jobs: [NewJob], in db: Database) throws -> [EnqueuedJob] {
        for job in jobs where job.payload.count > payloadLimit {
            throw JobError.invalid(
                "payload",
                "\(job.payload.count) bytes",
                "use at most \(payloadLimit) bytes and pass what is larger by reference"
            )
        }
        let depth = try Int.fetchOne(db, sql: "SELECT pending FROM martlet_outbox_depth") ?? 0
        guard depth + jobs.count <= limit else {
            throw JobError(
                .full,
                "the outbox is full: \(depth) of \(limit) jobs wait for Redis; see whether Redis answers and a relay runs "
                    + "(martlet outbox status \(path))"
            )
        }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO martlet_outbox (queue, id, type, payload, options, delay_ms, enqueued_at, keep)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        )
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var entered: [EnqueuedJob] = []
        for job in jobs {
            let (options, delay) = Self.split(job.encodedOptions)
            try insert.execute(arguments: [
                job.id.queue, job.id.local, job.type, String(decoding: job.payload, as: UTF8.self), options, delay, now,
                keepUntilFinished,
            ])
            entered.append(EnqueuedJob(id: job.id, isNew: db.changesCount > 0))
        }
        db.afterNextTransaction { _ in self.announce() }
        return entered
    }

    /// Options, and a delay apart: what is left of it is told to Redis when the row is sent.
    static func split(_ options: String) -> (options: String, delay: Int64?) {
        guard options.contains("delay_ms"), case .object(var fields) = JSONValue(options) else { return (options, nil) }
        guard case .integer(let delay) = fields.removeValue(forKey: "delay_ms") else { return (options, nil) }
        let rest = fields.isEmpty ? "" : JSONValue.object(fields).text
        return (rest, delay)
    }

    /// The file of the database.
    var path: String { database.path }

    // MARK: Relays in this process

    /// Has `body` called after each commit that may have brought rows. Ends with ``deaf(_:)``.
    func listen(_ body: @escaping @Sendable () -> Void) -> Int {
        listeners.withLock { listeners in
            let key = (listeners.keys.max() ?? 0) + 1
            listeners[key] = body
            return key
        }
    }

    func deaf(_ key: Int) {
        listeners.withLock { $0[key] = nil }
    }

    private func announce() {
        for body in listeners.withLock({ Array($0.values) }) { body() }
    }
}

extension JSONValue {
    /// As one line, keys sorted.
    fileprivate var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "null" }  // all JSON encodes
        return String(decoding: data, as: UTF8.self)
    }
}
