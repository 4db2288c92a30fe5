internal import GRDB
public import Martlet

/// Errors of one cause: the same job type, the same type of error, the same message but for numbers and names.
public struct ErrorGroup: Sendable, Hashable {
    /// 16 digits that name the group, the same in every archive.
    public let fingerprint: String
    public let type: String
    public let errorType: String?
    /// The message as all have it: `no answer from "…" after #ms`.
    public let message: String
    /// Jobs that met with it, and attempts that ended with it.
    public let jobs: Int
    public let attempts: Int
    /// Milliseconds since 1970.
    public let firstSeen: Int64
    public let lastSeen: Int64
    /// The last job that met with it, and how one of the errors reads.
    public let lastJob: JobID
    public let sample: String
}

extension History {
    /// What went wrong, by cause; what hit most jobs first.
    /// - Parameter fingerprint: only this one.
    public func errors(
        _ filter: HistoryFilter = HistoryFilter(),
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
                    SELECT causes.*, count(DISTINCT attempts.job) AS jobs, count(*) AS attempts,
                           min(attempts.ended_at) AS first_seen, max(attempts.ended_at) AS last_seen, jobs.queue, jobs.id
                    FROM attempts JOIN causes ON causes.number = attempts.cause JOIN jobs ON jobs.number = attempts.job
                    WHERE attempts.cause IS NOT NULL AND \(conditions)
                    GROUP BY attempts.cause ORDER BY jobs DESC, last_seen DESC LIMIT \(Self.bounded(limit))
                    """,
                arguments: arguments
            )
            return rows.compactMap { row in
                guard let job = try? JobID(queue: row["queue"], local: row["id"]) else { return nil }
                return ErrorGroup(
                    fingerprint: row["fingerprint"],
                    type: row["type"],
                    errorType: row["error_type"],
                    message: row["message"],
                    jobs: row["jobs"],
                    attempts: row["attempts"],
                    firstSeen: row["first_seen"] ?? 0,
                    lastSeen: row["last_seen"] ?? 0,
                    lastJob: job,
                    sample: row["sample"]
                )
            }
        }
    }
}
