internal import Foundation
internal import GRDB
public import Martlet

/// Reads an archive: the jobs that have gone from Redis.
///
/// ```swift
/// let history = try History(path: "/var/lib/martlet/history.db")
/// for hit in try await history.search("timeout", HistoryFilter(since: yesterday)) { print(hit.job, hit.message) }
/// ```
/// It reads only, a page at a time, so that the archiver goes on beside it. Times are milliseconds since 1970.
public final class History: Sendable {
    public let path: String
    private let database: DatabaseQueue

    /// - Throws: ``ArchiveError``: `missing` when there is no such file, `foreign` when it is no archive that this
    ///   release can read.
    public init(path: String) throws(ArchiveError) {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            throw ArchiveError(.missing, "\(path): there is no such archive; martlet archive \(path) makes one")
        }
        guard !ArchiveFiles.isFolder(path) else {
            throw ArchiveError(.foreign, "\(path): this is a folder; name a file in it")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.history"
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
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
            }
        } catch {
            throw ArchiveError(error, path: path)
        }
    }

    /// Closes the file.
    public func close() {
        try? database.close()  // nothing was written
    }

    /// Writes all of the archive into a new file, while it is in use. Meanwhile its log can't be emptied: an archiver
    /// that moves very much waits.
    /// - Throws: ``ArchiveError`` with the code `invalid` when there is such a file.
    public func backup(to target: String) async throws(ArchiveError) {
        guard !FileManager.default.fileExists(atPath: target) else {
            throw ArchiveError(.invalid, "\(target): there is such a file; name a new one")
        }
        let partial = target + ".partial"
        do {
            if FileManager.default.fileExists(atPath: partial) { try FileManager.default.removeItem(atPath: partial) }
            try await database.writeWithoutTransaction { db in
                try db.execute(sql: "VACUUM INTO ?", arguments: [partial])
            }
            try FileManager.default.moveItem(atPath: partial, toPath: target)
        } catch {
            throw ArchiveError(error, path: target)
        }
    }

    /// One read of what is committed, and no lock that anybody waits for.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(ArchiveError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw ArchiveError(error, path: path)
        }
    }
}

/// Which jobs of an archive are looked at. What is nil or empty does not matter.
public struct HistoryFilter: Sendable, Hashable {
    public var queues: [String]
    public var types: [String]
    public var object: String?
    public var states: [JobState]
    /// Not before, and before: milliseconds since 1970.
    public var since: Int64?
    public var until: Int64?
    private var schedule: String?
    private var isStandalone = false
    private var error: String?
    fileprivate(set) var isOldestFirst = false

    public init(
        queues: [String] = [],
        types: [String] = [],
        object: String? = nil,
        states: [JobState] = [],
        since: Int64? = nil,
        until: Int64? = nil
    ) {
        self.queues = queues
        self.types = types
        self.object = object
        self.states = states
        self.since = since
        self.until = until
    }

    /// The same jobs that a filter means in Redis.
    public init(_ filter: JobFilter) {
        self.init(
            queues: filter.queues,
            types: filter.types.sorted(),
            object: filter.object,
            states: JobState.allCases.filter { filter.states.contains($0) },
            since: filter.since,
            until: filter.until.map { $0 < .max ? $0 + 1 : $0 }
        )
        schedule = filter.schedule
        isStandalone = filter.isStandalone
        error = filter.error
        isOldestFirst = filter.order == .oldest
    }

    /// The conditions on a row of `jobs`, and on the time that a read goes by.
    func conditions(time: String) -> (sql: String, arguments: StatementArguments) {
        var sql = "true"
        var arguments = StatementArguments()
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            sql += " AND \(condition)"
            arguments += [value]
        }
        func add(_ column: String, among values: [String]) {
            guard !values.isEmpty else { return }
            sql += " AND \(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))"
            arguments += StatementArguments(values)
        }
        add("jobs.queue", among: queues)
        add("jobs.type", among: types)
        add("jobs.state", among: states.map(\.rawValue))
        add("jobs.object = ?", object)
        add("jobs.schedule = ?", schedule)
        if isStandalone { sql += " AND jobs.object IS NULL AND jobs.schedule IS NULL" }
        add("instr(lower(ifnull(jobs.error, '') || ' ' || ifnull(jobs.warning, '')), lower(?)) > 0", error)
        add("\(time) >= ?", since)
        add("\(time) < ?", until)
        return (sql, arguments)
    }
}
