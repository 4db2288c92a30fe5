internal import Foundation
internal import GRDB
package import Martlet
internal import MartletSQLite

/// A spool: an outbox in a file of its own, for producers without a database.
package enum Spool {
    /// Opens a spool, and makes it where there is none, for its owner alone.
    ///
    /// A job that is enqueued is on the disk when the call returns. Any other database with an outbox opens, too, and
    /// stays as it is. With `mustBeThere` a file that is missing or has no outbox is refused.
    ///
    /// - Throws: `JobError` with the code `outbox`.
    package static func open(
        _ path: String,
        mustBeThere: Bool = false,
        limit: Int = 100_000,
        keepUntilFinished: Bool = false,
        payloadLimit: Int = JobClient.defaultPayloadLimit
    ) throws(JobError) -> Outbox {
        let path = URL(filePath: path).path(percentEncoded: false)
        let database = try JobError.named(path) {
            if mustBeThere {
                guard try DatabaseFile.isThere(path) else { throw JobError(.outbox, "\(path): there is no such file") }
            } else {
                try DatabaseFile.makePrivate(path)
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            if mustBeThere, !(try database.read { try $0.tableExists("martlet_outbox_meta") }) {
                throw JobError(.outbox, "\(path): this database has no outbox")
            }
            return database
        }
        return try Outbox(
            database,
            limit: limit,
            keepUntilFinished: keepUntilFinished,
            payloadLimit: payloadLimit
        )
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.spool"
        configuration.prepareDatabase { db in
            // An application's own database stays as it is.
            if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 { try db.execute(sql: "PRAGMA journal_mode = WAL") }
            // No function with side effects may be called by anything that a foreign file brings with it.
            try db.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216"
            )
        }
        return configuration
    }
}

extension Outbox {
    /// Enqueues jobs in a transaction of their own.
    package func enqueue(_ jobs: [NewJob]) async throws(JobError) -> [EnqueuedJob] {
        try await write { db in try self.enqueue(jobs, in: db) }
    }
}
