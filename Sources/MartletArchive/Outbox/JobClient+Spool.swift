internal import Foundation
internal import GRDB
public import Logging
public import Martlet

/// A spool: an outbox in a file of its own, for producers without a database.
package enum Spool {
    /// Opens a spool, and makes it where there is none. What is enqueued is on the disk when the call returns.
    /// - Parameter mustBeThere: whether a database without an outbox is refused, and not given one.
    /// - Throws: ``ArchiveError``.
    package static func open(
        _ path: String,
        mustBeThere: Bool = false,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        payloadLimit: Int = 256 << 10
    ) throws(ArchiveError) -> Outbox {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.spool"
        configuration.prepareDatabase { db in
            // A database of the application's stays as it is.
            if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 { try db.execute(sql: "PRAGMA journal_mode = WAL") }
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
        }
        let path = URL(filePath: path).path(percentEncoded: false)
        let database: DatabaseQueue
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw ArchiveError(error, path: path)
        }
        if mustBeThere {
            do {
                guard try database.read({ try $0.tableExists("martlet_outbox_meta") }) else {
                    throw ArchiveError(.foreign, "\(path): this database has no outbox")
                }
            } catch {
                throw ArchiveError(error, path: path)
            }
        }
        return try Outbox(
            database,
            limit: limit,
            keepUntilFinished: keepUntilFinished,
            payloadLimit: payloadLimit
        )
    }
}

extension OutboxRelay {
    /// A relay for the spool that producers on this machine write to.
    /// - Parameter spool: the file; made where there is none.
    /// - Throws: ``ArchiveError`` when it can't be opened.
    public convenience init(
        spool path: String,
        to jobs: JobClient,
        confirmedBy confirmation: Confirmation = .redis,
        interval: Duration = .seconds(1)
    ) throws(ArchiveError) {
        self.init(try Spool.open(path), to: jobs, confirmedBy: confirmation, interval: interval)
    }
}

extension JobClient {
    /// A client that takes in jobs while Redis is away: `enqueue` returns when the job is on the disk, in `spool`, and
    /// an ``OutboxRelay`` on the same file brings it to Redis.
    ///
    /// ```swift
    /// let jobs = try JobClient(spool: "/var/lib/app/spool.db")
    /// let relay = try OutboxRelay(spool: "/var/lib/app/spool.db", to: JobClient())
    /// ```
    /// - Parameters:
    ///   - path: the spool; made where there is none, in a folder that has to be there. Any number of processes may use
    ///     it.
    ///   - limit: jobs that may wait in it; with more, `enqueue` throws ``JobError`` with the code `full`.
    ///   - keepUntilFinished: whether a job stays in it until it is seen finished; see ``Outbox/keepUntilFinished``.
    /// - Throws: ``ArchiveError`` when the spool can't be opened, ``JobError`` for the rest.
    public convenience init(
        spool path: String,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        redis url: String? = nil,
        prefix: String = "martlet",
        payloadLimit: Int = 256 << 10,
        logger: Logger = Logger(label: "martlet")
    ) throws {
        let spool = try Spool.open(
            path,
            limit: limit,
            keepUntilFinished: keepUntilFinished,
            payloadLimit: payloadLimit
        )
        try self.init(redis: url, prefix: prefix, payloadLimit: payloadLimit, logger: logger) { jobs throws(JobError) in
            do {
                return try await spool.enqueue(jobs)
            } catch let error as JobError {
                throw error
            } catch {
                throw JobError(.spool, ArchiveError(error, path: path).message)
            }
        }
    }
}

extension Outbox {
    /// Enqueues jobs in a transaction of their own.
    package func enqueue(_ jobs: [NewJob]) async throws -> [EnqueuedJob] {
        try await database.write { db in try self.enqueue(jobs, in: db) }
    }
}
