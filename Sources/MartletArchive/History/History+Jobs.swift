internal import GRDB
public import Martlet
internal import MartletSQLite
internal import RedisClient

extension History {
    /// Reads a job.
    ///
    /// When several jobs had this id one after the other, it reads the last of them.
    ///
    /// - Parameter id: the whole id.
    /// - Returns: the job; nil when the archive has none of this id.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func job(_ id: JobID) async throws(ArchiveError) -> JobRecord? {
        try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: "SELECT * FROM jobs WHERE id = ? AND queue = ? ORDER BY enqueued_at DESC LIMIT 1",
                arguments: [id.local, id.queue]
            )
            return row.flatMap { Self.record($0, withPayload: true) }
        }
    }

    /// Reads a job so that it can be enqueued again, with its id, its payload and its options, and this deadline in
    /// place of its own where one is given; nil when the archive has none of this id.
    package func newJob(_ id: JobID, deadline: JobDeadline? = nil) async throws(ArchiveError) -> NewJob? {
        try await read { db in
            let options = "ifnull(\(deadline == nil ? "options" : "json_remove(options, '$.deadline')"), '{}')"
            // json_patch leaves out what is null.
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT type, ifnull(payload, ''), json_patch(\(options), json_object(
                        'priority', nullif(priority, 0), 'max_retries', max_retries, 'object', object,
                        'schedule', schedule, 'slot', slot))
                    FROM jobs WHERE number = (\(Self.number))
                    """,
                arguments: [id.local, id.queue]
            )
            return row.map {
                var options = JSONObjectText(fieldsOf: $0.text(2))
                options.append(JobOptions(deadline: deadline).json)
                return NewJob(id: id, type: $0.text(0), payload: Array($0.text(1).utf8), stored: options)
            }
        }
    }

    /// Finds jobs whose ids begin with an id: that one job when it is a whole id, otherwise at most two of them.
    ///
    /// - Parameter id: an id, or the beginning of one.
    /// - Returns: the whole ids that were found.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func ids(beginning id: JobID) async throws(ArchiveError) -> [JobID] {
        try await read { db in
            let found = try String.fetchAll(
                db,
                sql: "SELECT DISTINCT id FROM jobs WHERE id >= ? AND id < ? AND queue = ? ORDER BY id LIMIT 2",
                arguments: [id.local, id.local + "~", id.queue]
            )
            if found.first == id.local { return [id] }
            return try found.map { try JobID(queue: id.queue, local: $0) }
        }
    }

    /// Lists jobs, without their payloads: the last finished first, or the first finished first when the filter's order
    /// is `oldest`.
    ///
    /// - Parameters:
    ///   - filter: the jobs that are listed; its times are those of the jobs' ends.
    ///   - limit: the most jobs, 1 to 500.
    /// - Returns: the jobs.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func jobs(_ filter: JobFilter, limit: Int = 50) async throws(ArchiveError) -> [JobRecord] {
        try await read { db in
            let (conditions, arguments) = filter.conditions(time: "jobs.finished_at")
            let rows = try Row.fetchCursor(
                db,
                sql:
                    """
                    SELECT * FROM jobs WHERE \(conditions)
                    ORDER BY jobs.finished_at \(filter.order == .oldest ? "" : "DESC") LIMIT \(Self.bounded(limit))
                    """,
                arguments: arguments
            )
            var records: [JobRecord] = []
            while let row = try rows.next() {
                if let record = Self.record(row, withPayload: false) { records.append(record) }
            }
            return records
        }
    }

    /// Counts the jobs that ended in each state.
    ///
    /// - Parameter filter: the jobs that are counted; its times are those of the jobs' ends.
    /// - Returns: the number of jobs in each state that has any.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func counts(_ filter: JobFilter = JobFilter()) async throws(ArchiveError) -> [JobState: Int] {
        try await read { db in
            let (conditions, arguments) = filter.conditions(time: "jobs.finished_at")
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT state, count(*) FROM jobs WHERE \(conditions) GROUP BY state",
                arguments: arguments
            )
            var counts: [JobState: Int] = [:]
            for row in rows {
                if let state = JobState(rawValue: row.text(0)) { counts[state] = row.integer(1) }
            }
            return counts
        }
    }

    /// Lists the names of the queues that jobs came from, sorted.
    ///
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func queueNames() async throws(ArchiveError) -> [String] {
        try await read { db in try String.fetchAll(db, sql: "SELECT DISTINCT queue FROM jobs ORDER BY queue") }
    }

    /// Lists the ends of the job's attempts that did not simply succeed, the oldest first.
    ///
    /// - Parameter id: the whole id.
    /// - Returns: the ends of the attempts.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func attempts(_ id: JobID) async throws(ArchiveError) -> [AttemptEnd] {
        try await read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT json_object('attempt', attempt, 'end', outcome, 'started_at', started_at, 'ended_at', ended_at,
                                       'worker', ifnull(worker, ''), 'error_type', error_type, 'error', error)
                    FROM attempts WHERE job = (\(Self.number)) ORDER BY started_at
                    """,
                arguments: [id.local, id.queue]
            ).compactMap { AttemptEnd($0) }
        }
    }

    /// Reads lines of a job's log.
    ///
    /// - Parameters:
    ///   - id: the whole id.
    ///   - start: the number of the first line that is wanted; lines count from 0 as they were written.
    ///   - limit: the most lines, 1 to 500.
    /// - Returns: a page of lines, with the number of the line to go on from.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func log(_ id: JobID, from start: Int = 0, limit: Int = 500) async throws(ArchiveError) -> LogPage {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT line, json_object('time', time, 'level', level, 'attempt', attempt, 'message', message,
                                             'fields', json(CASE WHEN json_valid(fields) THEN fields END))
                    FROM log_lines WHERE job = (\(Self.number)) AND line >= ? ORDER BY line LIMIT \(Self.bounded(limit))
                    """,
                arguments: [id.local, id.queue, start == 0 ? -1 : start]
            )
            let next = rows.last.map { $0.integer(0) + 1 } ?? start
            return LogPage(entries: rows.map { LogEntry($0.text(1)) }, next: max(next, start))
        }
    }

    private static let number = "SELECT number FROM jobs WHERE id = ? AND queue = ? ORDER BY enqueued_at DESC LIMIT 1"

    static func bounded(_ limit: Int) -> Int { min(max(limit, 1), Inspector.page) }

    /// Reads a row as if it were the hash in Redis: its columns are the fields.
    private static func record(_ row: Row, withPayload: Bool) -> JobRecord? {
        guard let queue = String.fromDatabaseValue(row["queue"]), let local = String.fromDatabaseValue(row["id"]),
            let id = try? JobID(queue: queue, local: local)
        else { return nil }
        var hash = JobHash()
        for (column, value) in row where withPayload || column != "payload" {
            guard let field = JobField(rawValue: column) else { continue }
            hash.take(
                field,
                String.fromDatabaseValue(value).map { .simple($0) }
                    ?? Int64.fromDatabaseValue(value).map { .integer($0) } ?? .null
            )
        }
        // Options without a column stand in one JSON object.
        if let text = String.fromDatabaseValue(row["options"]), case .object(let options) = JSONValue(text) {
            for case (let name, .integer(let number)) in options {
                if let field = JobField(rawValue: name) { hash.take(field, .integer(number)) }
            }
        }
        return JobRecord(id, hash)
    }
}
