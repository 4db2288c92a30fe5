internal import GRDB
public import Martlet

extension History {
    /// The job, or nil when the archive has none of this id; of several that had it one after the other, the last.
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

    /// The job to be enqueued again, with its id, its payload and its options; nil when the archive has none of this
    /// id.
    package func draft(_ id: JobID) async throws(ArchiveError) -> NewJob? {
        try await read { db in
            // What is null is left out by json_patch.
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT type, ifnull(payload, ''), json_patch(ifnull(options, '{}'), json_object(
                        'priority', nullif(priority, 0), 'max_retries', max_retries, 'object', object,
                        'schedule', schedule, 'slot', slot))
                    FROM jobs WHERE number = (\(Self.number))
                    """,
                arguments: [id.local, id.queue]
            )
            return row.map {
                NewJob(id: id, type: $0[0], payload: Array(($0[1] as String).utf8), encodedOptions: $0[2])
            }
        }
    }

    /// The ids that begin like this, of the jobs that the archive has: that one alone when it is a whole id, else two
    /// of many at most.
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

    /// A page of the jobs, without their payloads, the last finished first. At most 500.
    public func jobs(_ filter: HistoryFilter, limit: Int = 50) async throws(ArchiveError) -> [JobRecord] {
        try await read { db in
            let (conditions, arguments) = filter.conditions(time: "jobs.finished_at")
            let rows = try Row.fetchCursor(
                db,
                sql:
                    """
                    SELECT * FROM jobs WHERE \(conditions)
                    ORDER BY jobs.finished_at \(filter.isOldestFirst ? "" : "DESC") LIMIT \(Self.bounded(limit))
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

    /// How many jobs ended in each state.
    public func counts(_ filter: HistoryFilter) async throws(ArchiveError) -> [JobState: Int] {
        try await read { db in
            let (conditions, arguments) = filter.conditions(time: "jobs.finished_at")
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT state, count(*) FROM jobs WHERE \(conditions) GROUP BY state",
                arguments: arguments
            )
            var counts: [JobState: Int] = [:]
            for row in rows {
                if let state = JobState(rawValue: row[0]) { counts[state] = row[1] }
            }
            return counts
        }
    }

    /// The names of the queues that jobs came from, sorted.
    public func queues() async throws(ArchiveError) -> [String] {
        try await read { db in try String.fetchAll(db, sql: "SELECT DISTINCT queue FROM jobs ORDER BY queue") }
    }

    /// How the job's attempts ended that did not simply succeed, the oldest first.
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

    /// Lines of a job's log, from the `start`th that was ever written (from 0), at most `limit` of them.
    public func log(_ id: JobID, from start: Int = 0, limit: Int = 500) async throws(ArchiveError) -> LogPage {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT line, json_object('time', time, 'level', level, 'attempt', attempt, 'message', message,
                                             'fields', json(fields))
                    FROM log_lines WHERE job = (\(Self.number)) AND line >= ? ORDER BY line LIMIT \(Self.bounded(limit))
                    """,
                arguments: [id.local, id.queue, start == 0 ? -1 : start]
            )
            let next = rows.last.map { ($0[0] as Int) + 1 } ?? start
            return LogPage(entries: rows.map { LogEntry($0[1] as String) }, next: max(next, start))
        }
    }

    private static let number = "SELECT number FROM jobs WHERE id = ? AND queue = ? ORDER BY enqueued_at DESC LIMIT 1"

    static func bounded(_ limit: Int) -> Int { min(max(limit, 1), Inspector.page) }

    /// The row as the hash in Redis was: its columns are the fields.
    private static func record(_ row: Row, withPayload: Bool) -> JobRecord? {
        guard let id = try? JobID(queue: row["queue"], local: row["id"]) else { return nil }
        var fields: [String: String] = [:]
        for (column, value) in row where withPayload || column != "payload" {
            fields[column] = String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map { "\($0)" }
        }
        return JobRecord(id, fields)
    }
}
