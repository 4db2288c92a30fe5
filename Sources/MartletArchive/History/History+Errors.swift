public import FoundationEssentials
internal import GRDB
public import Martlet
internal import MartletSQLite

/// A group of errors of one cause: the same job type, the same type of error, and the same message but for numbers and
/// names.
public struct ErrorGroup: Sendable, Hashable {
    /// The 16 digits that name the group, the same in every archive.
    public let fingerprint: String
    /// The job type.
    public let type: String
    /// The type of the error; nil where only a text is known.
    public let errorType: String?
    /// The message that all have in common: `no answer from "…" after #ms`.
    public let message: String
    /// The number of jobs that met with such an error.
    public let jobs: Int
    /// The number of attempts that ended with such an error.
    public let attempts: Int
    /// The end of the first of these attempts.
    public let firstSeen: Date
    /// The end of the last of these attempts.
    public let lastSeen: Date
    /// The last job that met with such an error.
    public let lastJob: JobID
    /// One of the errors, in full.
    public let sample: String
}

extension History {
    /// Groups errors by their cause, the cause that hit most jobs first.
    ///
    /// - Parameters:
    ///   - filter: the jobs that are looked at; its times are those of the attempts' ends.
    ///   - fingerprint: the only group that is wanted; nil for all.
    ///   - limit: the most groups, 1 to 500.
    /// - Returns: the groups.
    /// - Throws: ``ArchiveError`` when the archive can't be read.
    public func errors(
        _ filter: JobFilter = JobFilter(),
        fingerprint: String? = nil,
        limit: Int = 20
    ) async throws(ArchiveError) -> [ErrorGroup] {
        try await read { db in
            var (conditions, arguments) = filter.conditions(time: "attempts.ended_at")
            if let fingerprint {
                conditions += " AND causes.fingerprint = ?"
                arguments += [fingerprint]
            }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT causes.fingerprint, causes.type, causes.error_type, causes.message, causes.sample,
                           count(DISTINCT attempts.job) AS jobs, count(*) AS attempts, min(attempts.ended_at),
                           max(attempts.ended_at) AS last_seen, jobs.queue, jobs.id
                    FROM attempts JOIN causes ON causes.number = attempts.cause JOIN jobs ON jobs.number = attempts.job
                    WHERE attempts.cause IS NOT NULL AND \(conditions)
                    GROUP BY attempts.cause ORDER BY jobs DESC, last_seen DESC LIMIT \(Self.bounded(limit))
                    """,
                arguments: arguments
            )
            return rows.compactMap { row in
                guard let job = try? JobID(queue: row.text(9), local: row.text(10)) else { return nil }
                return ErrorGroup(
                    fingerprint: row.text(0),
                    type: row.text(1),
                    errorType: row.optionalText(2),
                    message: row.text(3),
                    jobs: row.integer(5),
                    attempts: row.integer(6),
                    firstSeen: Date(milliseconds: row.number(7) ?? 0),
                    lastSeen: Date(milliseconds: row.number(8) ?? 0),
                    lastJob: job,
                    sample: row.text(4)
                )
            }
        }
    }
}
