internal import GRDB
public import Martlet

/// A line of a log, or the error of an attempt, in which a search found its words.
public struct SearchHit: Sendable, Hashable {
    public let job: JobID
    public let type: String
    /// The state in which the job ended.
    public let state: JobState
    public let attempt: Int
    /// When the line was written, or the attempt ended: milliseconds since 1970.
    public let time: Int64
    /// The line's level; `error` for the error of an attempt.
    public let level: String
    public let message: String
    /// Whether this is an attempt's error, and not a line of its log.
    public let isError: Bool
}

extension History {
    /// Log lines and errors that hold all the words of `text`, the newest first. At most 500 of each.
    ///
    /// A word may end in `*`; what stands in double quotes is looked for as it stands. Case and punctuation do not
    /// matter.
    /// - Throws: ``ArchiveError`` with the code `invalid` when there is no word in it.
    public func search(
        _ text: String,
        _ filter: HistoryFilter = HistoryFilter(),
        limit: Int = 50
    ) async throws(ArchiveError) -> [SearchHit] {
        let query = Self.query(text)
        guard !query.isEmpty else { throw ArchiveError(.invalid, "the text to search for has no word in it") }
        let limit = Self.bounded(limit)
        return try await read { db in
            let hour = filter.since.map { $0 - $0 % 3_600_000 } ?? .min
            func hits(_ source: String, first: String, time: String, isError: Bool) throws -> [SearchHit] {
                let (conditions, arguments) = filter.conditions(time: time)
                let start = try Int64.fetchOne(
                    db,
                    sql: "SELECT \(first) FROM hours WHERE started_at >= ? ORDER BY started_at LIMIT 1",
                    arguments: [hour]
                )
                // None came here since then.
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
        guard let id = try? JobID(queue: row[0], local: row[1]), let state = JobState(rawValue: row[3]) else {
            return nil
        }
        return SearchHit(
            job: id,
            type: row[2],
            state: state,
            attempt: row[4],
            time: row[5],
            level: row[6],
            message: row[7],
            isError: isError
        )
    }

    /// The text as FTS5 takes it: each word in quotes, so that no sign in it means anything.
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
