internal import Foundation
public import GRDB
public import Martlet
internal import MartletSQLite
internal import Synchronization

/// Enqueues jobs within the application's own database transaction: a rollback means no job, a commit exactly one.
///
/// ```swift
/// let outbox = try Outbox(database)                        // any GRDB database; makes its tables in it
/// try await database.write { db in
///     try order.insert(db)
///     try outbox.enqueue(SendInvoice(order: order.id), in: db)
/// }
/// ```
/// From the commit on, a job stands in the table `martlet_outbox`. An ``OutboxRelay``, in this process or another one,
/// brings it to Redis. Redis takes each row once, whichever process dies at whatever moment.
public final class Outbox: Sendable {
    /// The number of rows that may wait for Redis.
    public let limit: Int
    /// True to keep a row, once Redis has it, until its job is seen finished.
    ///
    /// A Redis that loses its data is then given the unfinished jobs again.
    public let keepUntilFinished: Bool

    let database: any DatabaseWriter
    private let payloadLimit: Int
    private let observers = Mutex<[Int: @Sendable () -> Void]>([:])

    /// Opens the outbox of a database, and makes its tables where they are missing.
    ///
    /// - Parameters:
    ///   - database: the application's database, in which the tables of the outbox stand.
    ///   - limit: the number of rows that may wait for Redis; with more, `enqueue` throws.
    ///   - keepUntilFinished: true to keep a row until its job is seen finished; see ``keepUntilFinished``.
    ///   - payloadLimit: the most bytes that a payload may have; at most that of the relay's `JobClient`.
    /// - Throws: `JobError` with the code `outbox` when the tables can't be made, or are those of a later release.
    public init(
        _ database: any DatabaseWriter,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        payloadLimit: Int = JobClient.defaultPayloadLimit
    ) throws(JobError) {
        self.database = database
        self.limit = limit
        self.keepUntilFinished = keepUntilFinished
        self.payloadLimit = payloadLimit
        try JobError.named(database.path) { try database.write { db in try OutboxSchema.migrate(db) } }
    }

    /// Enqueues a job within the transaction that `db` is in.
    ///
    /// - Parameters:
    ///   - job: the job.
    ///   - id: an id of your own, the part after the slash; nil for a new one. The same id twice gives the job that is
    ///     there.
    ///   - options: the options that differ from those of the job's type.
    ///   - start: the time before which the job does not start. A delay counts from this call, not from when Redis gets
    ///     the job.
    ///   - db: the connection, within a transaction.
    /// - Returns: the job's id, and whether it is new.
    /// - Throws: `JobError` with the code `invalid` for what is not acceptable, or `full` when ``limit`` rows wait for
    ///   Redis. Nothing is written then, and you decide whether the transaction goes on. Any other error is SQLite's.
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

    /// Enqueues many jobs within the transaction that `db` is in: all of them, or none when it throws.
    ///
    /// - Parameters:
    ///   - jobs: the jobs, in the order in which each queue gets them.
    ///   - db: the connection, within a transaction.
    /// - Returns: the id of each job, and whether it is new, in the same order.
    /// - Throws: the same errors as ``enqueue(_:id:options:start:in:)``.
    @discardableResult
    public func enqueue(_ jobs: [NewJob], in db: Database) throws -> [EnqueuedJob] {
        for job in jobs { try NewJob.check(payloadBytes: job.payload.count, limit: payloadLimit) }
        let depth = try Int.fetchOne(db, sql: "SELECT pending FROM martlet_outbox_depth") ?? 0
        guard jobs.count <= limit, depth <= limit - jobs.count else {
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
        let now = Self.now()
        var entered: [EnqueuedJob] = []
        for job in jobs {
            let (options, delay) = Self.columns(job)
            try insert.execute(arguments: [
                job.id.queue, job.id.local, job.type, String(decoding: job.payload, as: UTF8.self), options, delay, now,
                keepUntilFinished,
            ])
            entered.append(EnqueuedJob(id: job.id, isNew: db.changesCount > 0))
        }
        db.afterNextTransaction { _ in self.notifyCommitObservers() }
        return entered
    }

    /// The options of a job as its row has them.
    ///
    /// A delay stands beside them, since what is left of it is computed when the row is sent.
    private static func columns(_ job: NewJob) -> (options: String, delay: Int64?) {
        if case .after(let delay) = job.start { return (job.storedOptions.textOrNothing, delay.milliseconds) }
        return (job.wireOptions.textOrNothing, nil)
    }

    /// The file of the database.
    package var path: String { database.path }

    /// The time of this machine's clock in milliseconds since 1970.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    // MARK: Relays in this process

    /// Calls `body` after each commit that may have brought rows, until ``removeCommitObserver(_:)`` is called.
    /// - Returns: the number to remove it with.
    func addCommitObserver(_ body: @escaping @Sendable () -> Void) -> Int {
        observers.withLock { observers in
            let number = (observers.keys.max() ?? 0) + 1
            observers[number] = body
            return number
        }
    }

    func removeCommitObserver(_ number: Int) {
        observers.withLock { $0[number] = nil }
    }

    private func notifyCommitObservers() {
        for body in observers.withLock({ Array($0.values) }) { body() }
    }
}
