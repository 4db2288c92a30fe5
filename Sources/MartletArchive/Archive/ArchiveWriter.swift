internal import FoundationEssentials
internal import GRDB
internal import Martlet

/// Writes finished jobs within one transaction, with statements that are prepared once.
final class ArchiveWriter {
    private let db: Database
    private let insertJob: Statement
    private let insertAttempt: Statement
    private let insertLine: Statement
    /// Deletes the note about missing lines when it says something else.
    private let deleteMark: Statement
    private var causes: [ErrorCause: Int64] = [:]

    init(_ db: Database) throws {
        self.db = db
        let columns = Self.columns.joined(separator: ", ")
        let places = Self.columns.map { _ in "?" }.joined(separator: ", ")
        insertJob = try db.cachedStatement(
            sql: "INSERT INTO jobs (\(columns)) VALUES (\(places)) ON CONFLICT DO NOTHING"
        )
        insertAttempt = try db.cachedStatement(
            sql: """
                INSERT INTO attempts (job, attempt, started_at, ended_at, outcome, worker, error_type, error, cause)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        )
        // SQLite reads the line's JSON itself. A line that is no JSON becomes a message of its own, as `job logs` shows
        // it.
        insertLine = try db.cachedStatement(
            sql: """
                INSERT INTO log_lines (job, line, attempt, time, level, message, fields)
                SELECT ?1, ?2, ifnull(json ->> 'attempt', 0), ifnull(json ->> 'time', 0), ifnull(json ->> 'level', 'info'),
                       ifnull(json ->> 'message', ?3), json -> 'fields'
                FROM (SELECT CASE WHEN json_valid(?3) AND json_type(?3) = 'object' THEN ?3 ELSE '{}' END AS json)
                WHERE true ON CONFLICT DO NOTHING
                """
        )
        // The note is deleted and written anew, since the full-text search hears of nothing else.
        deleteMark = try db.cachedStatement(
            sql: """
                DELETE FROM log_lines WHERE job = ?1 AND line = -1
                AND message IS NOT CASE WHEN json_valid(?2) THEN ?2 ->> 'message' ELSE ?2 END
                """
        )
    }

    /// Notes the numbers with which the rows of this hour begin.
    ///
    /// A row is always archived after the time that it is of.
    func noteHour(_ now: Int64) throws {
        try db.execute(
            sql: """
                INSERT INTO hours (started_at, first_line, first_attempt)
                SELECT ?, (SELECT ifnull(max(number), 0) + 1 FROM log_lines),
                       (SELECT ifnull(max(number), 0) + 1 FROM attempts)
                WHERE true ON CONFLICT DO NOTHING
                """,
            arguments: [now - now % 3_600_000]
        )
    }

    func insert(_ job: FinishedJob) throws {
        let number = try insertRow(job)
        var last: AttemptEnd?
        for text in job.attempts {
            guard let attempt = AttemptEnd(text) else { continue }
            try insert(attempt, of: job, number)
            last = attempt
        }
        // The end of a job that was cancelled while it waited is no attempt's.
        let hash = job.hash
        if hash.hasRun, job.state != .cancelled, let startedAt = hash.startedAt,
            last.map({ $0.attempt != hash.attempt || $0.startedAt != startedAt }) ?? true
        {
            let cause = try job.state == .error ? cause(job, errorType: nil, hash.error) : nil
            let text = job.state == .warning ? hash.warning : hash.error
            insertAttempt.setUncheckedArguments([
                number, hash.attempt, startedAt.milliseconds, job.finishedAt.milliseconds, job.state.rawValue,
                hash.worker, nil, job.state == .successful ? nil : text, cause,
            ])
            try insertAttempt.execute()
        }
        try insertLog(of: job, number)
    }

    private func insert(_ attempt: AttemptEnd, of job: FinishedJob, _ number: Int64) throws {
        let isFailure = attempt.end != .released && attempt.end != .cancelled
        // The error about a job that killed its worker too often stands in the job only.
        let isLast = attempt.attempt == job.hash.attempt && attempt.startedAt == job.hash.startedAt
        let error = attempt.error ?? (isLast && isFailure && job.state == .error ? job.hash.error : nil)
        let cause = isFailure ? try cause(job, errorType: attempt.errorType, error ?? attempt.end.rawValue) : nil
        insertAttempt.setUncheckedArguments([
            number, attempt.attempt, attempt.startedAt.milliseconds, attempt.endedAt?.milliseconds,
            attempt.end.rawValue, attempt.worker,
            attempt.errorType, error, cause,
        ])
        try insertAttempt.execute()
    }

    private func insertLog(of job: FinishedJob, _ number: Int64) throws {
        guard !job.log.isEmpty else { return }
        // In a log that lacks lines, the first line only says so.
        let marker = job.hash.logCut + job.hash.logLost > 0 ? 1 : 0
        if marker == 1 {
            deleteMark.setUncheckedArguments([number, job.log[0]])
            try deleteMark.execute()
        }
        for (place, line) in job.log.enumerated() {
            insertLine.setUncheckedArguments([number, place < marker ? -1 : place - marker + job.hash.logCut, line])
            try insertLine.execute()
        }
    }

    /// Writes the job's row, and returns its number.
    ///
    /// A row that is there already is overwritten only by a job that finished later.
    private func insertRow(_ job: FinishedJob) throws -> Int64 {
        let values = Self.values(job)
        insertJob.setUncheckedArguments(values)
        try insertJob.execute()
        if db.changesCount == 1 { return db.lastInsertedRowID }
        let changes = Self.columns.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: ", ")
        let update = try db.cachedStatement(
            sql: "UPDATE jobs SET \(changes) WHERE id = ?2 AND queue = ?1 AND enqueued_at = ?3 AND finished_at < ?4"
        )
        update.setUncheckedArguments(values)
        try update.execute()
        let find = try db.cachedStatement(
            sql: "SELECT number FROM jobs WHERE id = ? AND queue = ? AND enqueued_at = ?"
        )
        let number = try Int64.fetchOne(find, arguments: [job.id.local, job.id.queue, job.enqueuedAt.milliseconds])
        guard let number else { throw ArchiveError(.other, "the row of \(job.id) is not there") }
        return number
    }

    /// Finds the number of the group that an error belongs to, and makes the group where there is none.
    private func cause(_ job: FinishedJob, errorType: String?, _ error: String?) throws -> Int64? {
        guard let error, !error.isEmpty else { return nil }
        let cause = ErrorCause(type: job.type, errorType: errorType, error: error)
        if let number = causes[cause] { return number }
        let fingerprint = cause.fingerprint
        try db.cachedStatement(
            sql: """
                INSERT INTO causes (fingerprint, type, error_type, message, sample) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [fingerprint, cause.type, errorType, cause.message, error])
        let find = try db.cachedStatement(sql: "SELECT number FROM causes WHERE fingerprint = ?")
        let number = try Int64.fetchOne(find, arguments: [fingerprint])
        causes[cause] = number
        return number
    }

    private static let columns = [
        "queue", "id", "enqueued_at", "finished_at", "type", "state", "payload", "object", "schedule", "slot",
        "priority", "due_at", "started_at", "wait_ms", "run_ms", "attempt", "attempts_before_restart", "max_retries",
        "crashes", "worker", "error", "warning", "progress", "options", "log_cut",
    ]

    private static func values(_ job: FinishedJob) -> StatementArguments {
        let hash = job.hash
        return [
            job.id.queue, job.id.local, job.enqueuedAt.milliseconds, job.finishedAt.milliseconds, job.type,
            job.state.rawValue, hash.payload.map { String(decoding: $0, as: UTF8.self) }, hash.object, hash.schedule,
            hash.slot?.milliseconds, hash.priority ?? 0, hash.dueAt?.milliseconds, hash.startedAt?.milliseconds,
            hash.waited?.milliseconds, hash.ran?.milliseconds, hash.attempt, hash.attemptsBeforeRestart,
            hash.maxRetries, hash.crashes, hash.worker, hash.error, hash.warning, hash.progress, job.options,
            hash.logCut + hash.logLost,
        ]
    }
}
