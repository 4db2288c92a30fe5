internal import Foundation
internal import GRDB
internal import MartletSQLite

/// Reads an archive: the jobs that have gone from Redis.
///
/// ```swift
/// let history = try History(path: "/var/lib/martlet/history.db")
/// var filter = JobFilter()
/// filter.types = ["report.daily"]
/// for hit in try await history.search("timeout", filter) { print(hit.job, hit.message) }
/// ```
/// It only reads, a page at a time, so that the archiver goes on beside it. A `JobFilter` means the same jobs as in
/// Redis; its order applies to ``jobs(_:limit:)`` alone.
public final class History: Sendable {
    /// The file.
    public let path: String
    private let database: DatabaseQueue

    /// Opens an archive for reading.
    ///
    /// - Parameter path: the file.
    /// - Throws: ``ArchiveError``: `missing` when there is no such file, `foreign` when it is no archive that this
    ///   release can read, `damaged` when it lacks a part.
    public init(path: String) throws(ArchiveError) {
        self.path = path
        guard try ArchiveError.named(path, { try DatabaseFile.isThere(path) }) else {
            throw ArchiveError(.missing, "\(path): there is no such archive; martlet archive \(path) makes one")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.history"
        // No function with side effects may be called by anything that a foreign file brings with it.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA trusted_schema = OFF") }
        database = try ArchiveError.named(path) {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read { db in
                let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                guard application == ArchiveSchema.applicationID, version > 0 else {
                    throw ArchiveError(.foreign, "\(path): this is no archive of Martlet")
                }
                guard version == ArchiveSchema.version else {
                    throw ArchiveError(
                        .foreign,
                        "\(path): this archive has version \(version), and this release reads \(ArchiveSchema.version)"
                    )
                }
                try ArchiveSchema.check(db, path: path)
            }
            return database
        }
    }

    /// Closes the file.
    public func close() {
        try? database.close()  // nothing was written
    }

    /// Writes the whole archive into a new file that only its owner may read, while the archive is in use.
    ///
    /// The archive's log can't be emptied meanwhile, so an archiver that moves very many jobs waits.
    ///
    /// - Parameter target: the new file.
    /// - Throws: ``ArchiveError`` with the code `invalid` when the file is there already, or with the code of what
    ///   failed; then no file is left behind.
    public func backup(to target: String) async throws(ArchiveError) {
        guard !FileManager.default.fileExists(atPath: target) else {
            throw ArchiveError(.invalid, "\(target): there is such a file; name a new one")
        }
        let partial = target + ".partial"
        do {
            if FileManager.default.fileExists(atPath: partial) { try FileManager.default.removeItem(atPath: partial) }
            // SQLite accepts an empty file that is there.
            try DatabaseFile.makePrivate(partial)
            do {
                try await database.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM INTO ?", arguments: [partial])
                }
                try FileManager.default.moveItem(atPath: partial, toPath: target)
            } catch {
                try? FileManager.default.removeItem(atPath: partial)  // the first error is the one to tell
                throw error
            }
        } catch {
            throw ArchiveError(error, path: target)
        }
    }

    /// Reads once what is committed, without a lock that anybody waits for.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ArchiveError) -> Value {
        try await database.read(throwing: ArchiveError.self, body)
    }
}
