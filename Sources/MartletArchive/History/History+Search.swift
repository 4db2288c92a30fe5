public import FoundationEssentials
internal import GRDB
public import Martlet
internal import MartletSQLite

/// A line of a log, or the error of an attempt, in which a search found its words.
public struct SearchHit: Sendable, Hashable {
    /// The job's id.
    public let job: JobID
    /// The job type.
    public let type: String
    /// The state in which the job ended.
    public let state: JobState
    /// The number of the attempt that wrote the line, or ended with the error.
    public let attempt: Int
    /// The time at which the line was written or the attempt ended.
    public let time: Date
    /// The line's level; `error` for the error of an attempt.
    public let level: String
    /// The text of the line, or the error with its type.
    public let message: String
    /// True for the error of an attempt, false for a line of its log.
    public let isError: Bool
}

extension History {
    /// Finds log lines and errors that hold all the words of a text, the newest first.
    ///
    /// A word may end in `*`, which stands for any ending. Text in double quotes is looked for as it stands. Case and
    /// punctuation do not matter.
    ///
    /// - Parameters:
    ///   - text: the words.
    ///   - filter: the jobs that are looked at; its times are those of the lines and of the attempts' ends.
    ///   - limit: the most hits, 1 to 500.
    /// - Returns: the hits.
    /// - Throws: ``ArchiveError``: `invalid` when there is no word in the text, another code when the archive can't be
    ///   read.
    public func search(
        _ text: String,
        _ filter: JobFilter = JobFilter(),
        limit: Int = 50
    ) async throws(ArchiveError) -> [SearchHit] {
        let query = Self.query(text)
        guard !query.isEmpty else { throw ArchiveError(.invalid, "the text to search for has no word in it") }
        let limit = Self.bounded(limit)
        return try await read { db in
            let hour = filter.since.map { $0.milliseconds - $0.milliseconds % 3_600_000 } ?? .min
            func hits(_ source: String, first: String, time: String, isError: Bool) throws -> [SearchHit] {
                let (conditions, arguments) = filter.conditions(time: time)
                let start = try Int64.fetchOne(
                    db,
                    sql: "SELECT \(first) FROM hours WHERE started_at >= ? ORDER BY started_at LIMIT 1",
                    arguments: [hour]
                )
                // No row came here since then.
                guard filter.since == nil || start != nil else { return [] }
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        \(source) AND \(conditions) ORDER BY found.rowid DESC LIMIT \(limit)
                        """,
                    arguments: [query, filter.since == nil ? 0 : start ?? 0] + arguments
                )
                return rows.compactMap { Self.hit($0, isError: isError) }
            }
            let lines = try hits(
                """
                SELECT jobs.queue, jobs.id, jobs.type, jobs.state, log_lines.attempt, log_lines.time, log_lines.level,
                       log_lines.message
                FROM log_search AS found CROSS JOIN log_lines ON log_lines.number = found.rowid
                CROSS JOIN jobs ON jobs.number = log_lines.job
                WHERE found.log_search MATCH ? AND found.rowid >= ?
                """,
                first: "first_line",
                time: "log_lines.time",
                isError: false
            )
            let errors = try hits(
                """
                SELECT jobs.queue, jobs.id, jobs.type, jobs.state, attempts.attempt,
                       ifnull(attempts.ended_at, jobs.finished_at), 'error',
                       ifnull(attempts.error_type || ': ', '') || attempts.error
                FROM error_search AS found CROSS JOIN attempts ON attempts.number = found.rowid
                CROSS JOIN jobs ON jobs.number = attempts.job
                WHERE found.error_search MATCH ? AND found.rowid >= ?
                """,
                first: "first_attempt",
                time: "attempts.ended_at",
                isError: true
            )
            return Array((lines + errors).sorted { $0.time > $1.time }.prefix(limit))
        }
    }

    private static func hit(_ row: Row, isError: Bool) -> SearchHit? {
        guard let id = try? JobID(queue: row.text(0), local: row.text(1)),
            let state = JobState(rawValue: row.text(3))
        else {
            return nil
        }
        return SearchHit(
            job: id,
            type: row.text(2),
            state: state,
            attempt: row.integer(4),
            time: Date(milliseconds: row.number(5) ?? 0),
            level: row.text(6),
            message: row.text(7),
            isError: isError
        )
    }

    /// Writes the text as a query of FTS5: each word in quotes, so that no character in it has a meaning of its own.
    static func query(_ text: String) -> String {
        var terms: [String] = []
        for (place, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            if place % 2 == 1 {
                if part.contains(where: \.isWordPart) { terms.append("\"\(part)\"") }
                continue
            }
            for word in part.split(whereSeparator: \.isWhitespace) where word.contains(where: \.isWordPart) {
                terms.append(word.hasSuffix("*") ? "\"\(word.dropLast())\"*" : "\"\(word)\"")
            }
        }
        return terms.joined(separator: " AND ")
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber }
}
