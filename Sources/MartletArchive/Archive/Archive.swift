package import Foundation
internal import GRDB
internal import Martlet
internal import MartletSQLite
internal import Synchronization

/// An archive file that is open for writing: SQLite in WAL mode, with one writer, and with every commit on the disk
/// before it counts.
///
/// Only the file's owner may read it.
///
/// The write-ahead log is copied into the file after each batch, so that the file alone holds all that has gone from
/// Redis. While a reader holds that up, the log keeps the rest, up to ``walLimit``.
package final class Archive: Sendable {
    package let path: String
    private let database: DatabaseQueue
    private let files: Mutex<ArchiveFiles>

    /// The most bytes that the write-ahead log may have while a reader keeps it from being emptied.
    static let walLimit: Int64 = 64 << 20
    /// The seconds to wait for another writer, or for a reader when the log has reached its limit.
    private static let patience: TimeInterval = 5

    /// Opens an archive, and makes it where there is none.
    ///
    /// It blocks, so it must not be called on a thread of the task pool.
    ///
    /// - Parameters:
    ///   - path: the file; its folder has to be there.
    ///   - isSuspect: true to have the whole file checked, after SQLite has called it damaged.
    /// - Throws: ``ArchiveError``, with the code `damaged` for an archive that lacks a part or is inconsistent.
    init(path: String, isSuspect: Bool = false) throws(ArchiveError) {
        self.path = path
        try Self.checkFile(path)
        database = try ArchiveError.named(path) {
            try DatabaseFile.makePrivate(path)
            let database = try DatabaseQueue(path: path, configuration: Self.configuration)
            try database.writeWithoutTransaction { db in
                try ArchiveSchema.migrate(db, path: path)
                // All triggers are known to be Martlet's by now. Without this, older releases of SQLite refuse them the
                // full-text tables.
                try db.execute(sql: "PRAGMA trusted_schema = ON")
                try Self.checkpoint(db, path: path)
                try Self.checkSize(db, path: path)
                if isSuspect, let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), finding != "ok" {
                    throw ArchiveError(.damaged, "\(path): the file is damaged (\(finding))")
                }
            }
            return database
        }
        files = Mutex(ArchiveFiles(path: path))
    }

    /// Opens an archive on a thread of its own.
    ///
    /// A damaged one is set aside, and a new one begun.
    ///
    /// - Parameters:
    ///   - path: the file; its folder has to be there.
    ///   - isSuspect: true to have the whole file checked.
    ///   - wasOpen: true when this process had the archive open before. A file that is no archive now is then damaged,
    ///     not foreign.
    ///   - setsAside: true to rename a damaged file; only the archiver does that, since it reports it.
    /// - Returns: the archive; and when a damaged one was set aside, its new name and what was wrong with it.
    /// - Throws: ``ArchiveError`` when the file can't be opened, or can't be set aside.
    package static func open(
        path: String,
        isSuspect: Bool = false,
        wasOpen: Bool = false,
        setsAside: Bool = true
    ) async throws(ArchiveError) -> (archive: Archive, aside: String?, damage: ArchiveError?) {
        let result: Result<(Archive, String?, ArchiveError?), ArchiveError> = await withCheckedContinuation { done in
            opening.async {
                do throws(ArchiveError) {
                    done.resume(returning: .success((try Archive(path: path, isSuspect: isSuspect), nil, nil)))
                } catch  where setsAside && (error.code == .damaged || (wasOpen && error.code == .foreign)) {
                    do throws(ArchiveError) {
                        let aside = try ArchiveFiles.setAside(path)
                        done.resume(returning: .success((try Archive(path: path), aside, error)))
                    } catch {
                        done.resume(returning: .failure(error))
                    }
                } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private static let opening = DispatchQueue(label: "martlet.archive.open")

    /// Closes the file; calls that are under way fail.
    package func close() {
        // Nothing is lost, since all that counts is committed. When SQLite can't close the file, it stays open.
        try? database.close()
    }

    /// Writes finished jobs in one transaction, which is in the file when it returns.
    ///
    /// Jobs that are there already change nothing.
    /// - Parameters:
    ///   - jobs: the jobs.
    ///   - now: Redis's time in milliseconds.
    ///   - deadline: the instant from which on nothing may be written, since a process may be frozen at any moment.
    ///   - step: called at every step.
    /// - Returns: false when the deadline had passed; then nothing was written.
    /// - Throws: ``ArchiveError`` when the archive can't be written; then nothing was written.
    package func add(
        _ jobs: [FinishedJob],
        now: Int64,
        before deadline: ContinuousClock.Instant,
        at step: @escaping ArchiverTap
    ) async throws(ArchiveError) -> Bool {
        try await write { db in
            // A part that was cut off the file must not be hidden by what is written behind it.
            try self.settle(db)
            var isInTime = true
            try db.inTransaction(.immediate) {
                step(.began)
                let writer = try ArchiveWriter(db)
                try writer.noteHour(now)
                for (place, job) in jobs.enumerated() {
                    try writer.insert(job)
                    if place == jobs.count / 2 { step(.wrote) }
                }
                step(.filled)
                isInTime = ContinuousClock.now < deadline
                return isInTime ? .commit : .rollback
            }
            guard isInTime else { return false }
            step(.committed)
            try self.settle(db)
            step(.checkpointed)
            return true
        }
    }

    /// Deletes jobs that finished before a time, in milliseconds since 1970, with all that belongs to them: at most
    /// `limit`, in one transaction.
    func prune(finishedBefore time: Int64, limit: Int) async throws(ArchiveError) -> Int {
        try await write { db in
            let count = try ArchivePruning.delete(finishedBefore: time, limit: limit, db)
            try self.settle(db)
            return count
        }
    }

    /// Deletes all jobs that finished before a time from an archive that others may have open.
    /// - Returns: the number of deleted jobs.
    package static func prune(path: String, finishedBefore time: Date) async throws(ArchiveError) -> Int {
        let (archive, _, _) = try await open(path: path, setsAside: false)
        defer { archive.close() }
        var count = 0
        while true {
            let some = try await archive.prune(finishedBefore: time.milliseconds, limit: 500)
            count += some
            if some < 500 { return count }
        }
    }

    /// Checks early that a path can be an archive's: there is an archive, or no file in a folder that exists.
    package static func check(path: String) throws(ArchiveError) {
        if try checkFile(path) { return }
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ArchiveError(.io, "\(path): there is no folder \(folder); make it")
        }
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ArchiveError) -> Value {
        do {
            return try await database.writeWithoutTransaction(body)
        } catch {
            throw ArchiveError(error, path: path)
        }
    }

    /// Copies the log into the file, and checks that both are whole and are still the files that were opened.
    private func settle(_ db: Database) throws(ArchiveError) {
        try Self.checkpoint(db, path: path)
        let change = files.withLock { files in
            // SQLite makes the log with the first write.
            if !files.isComplete { files = ArchiveFiles(path: path) }
            return files.change(path: path)
        }
        if let change { throw ArchiveError(.io, change) }
        try Self.checkSize(db, path: path)
    }

    private static func checkpoint(_ db: Database, path: String) throws(ArchiveError) {
        try ArchiveError.named(path) {
            try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
            guard let size = DatabaseFile.size(path + "-wal"), size > walLimit else { return }
            // This waits for readers, and for nothing once they are gone.
            let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            guard row?[0] == 0 else {
                throw ArchiveError(
                    .heldOpen,
                    "\(path): a reader has held it open for long, and its log has grown to \(size >> 20) MiB; end that "
                        + "reader (lsof \(path) names it)"
                )
            }
        }
    }

    /// Refuses a file that is shorter than its pages, since a part of it was cut off.
    ///
    /// While the log holds pages that the file lacks, the length says nothing.
    private static func checkSize(_ db: Database, path: String) throws(ArchiveError) {
        try ArchiveError.named(path) {
            let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
            guard row?[1] == row?[2] as Int? else { return }
            let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let pageSize = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            guard let size = DatabaseFile.size(path), size < pages * pageSize else { return }
            throw ArchiveError(.damaged, "\(path): the file was cut off, \(size) bytes of \(pages * pageSize) are left")
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.foreignKeysEnabled = false  // all deletes are ours, in the right order
        configuration.label = "martlet.archive"
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA trusted_schema = OFF;
                    PRAGMA auto_vacuum = INCREMENTAL;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA journal_size_limit = 16777216;
                    PRAGMA cache_size = -32768;
                    """
            )
        }
        return configuration
    }

    /// Tells an archive from any other file without opening it, so that no other file is ever set aside as damaged.
    /// - Returns: true when there is a file that may be an archive; false for none, and for an empty file.
    /// - Throws: ``ArchiveError`` with the code `foreign` for any other file.
    @discardableResult
    private static func checkFile(_ path: String) throws(ArchiveError) -> Bool {
        guard try ArchiveError.named(path, { try DatabaseFile.isThere(path) }), DatabaseFile.size(path) ?? 0 > 0 else {
            return false
        }
        let header: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }  // read only
            header = try file.read(upToCount: 100) ?? Data()
        } catch {
            throw ArchiveError(.io, "\(path): it can't be read: \((error as NSError).localizedDescription)")
        }
        guard header.count == 100, header.starts(with: Data("SQLite format 3\0".utf8)) else {
            throw ArchiveError(.foreign, "\(path): this is no database; name a file of its own, or move this one away")
        }
        let application = header[68..<72].reduce(0) { $0 << 8 | Int($1) }
        guard application == ArchiveSchema.applicationID || application == 0 else {
            throw ArchiveError(.foreign, "\(path): this is another program's database; name a file of its own")
        }
        return true
    }
}
