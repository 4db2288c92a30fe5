internal import GRDB

/// Deletes old jobs from an archive, few enough at a time that nobody waits long for the write lock.
enum ArchivePruning {
    /// Deletes up to `limit` jobs that finished before a time, in milliseconds since 1970.
    /// - Returns: the number of deleted jobs.
    static func delete(finishedBefore time: Int64, limit: Int, _ db: Database) throws -> Int {
        var count = 0
        try db.inTransaction(.immediate) {
            let numbers = try Int64.fetchAll(
                db,
                sql: "SELECT number FROM jobs WHERE finished_at < ? ORDER BY finished_at LIMIT ?",
                arguments: [time, limit]
            )
            count = numbers.count
            let old = numbers.map { "\($0)" }.joined(separator: ",")
            let causes = try Int64.fetchAll(
                db,
                sql: "SELECT DISTINCT cause FROM attempts WHERE cause IS NOT NULL AND job IN (\(old))"
            )
            for (table, column) in [("log_lines", "job"), ("attempts", "job"), ("jobs", "number")] {
                try db.execute(sql: "DELETE FROM \(table) WHERE \(column) IN (\(old))")
            }
            for cause in causes {
                try db.execute(
                    sql: """
                        DELETE FROM causes WHERE number = ?1
                        AND NOT EXISTS (SELECT 1 FROM attempts WHERE cause = ?1)
                        """,
                    arguments: [cause]
                )
            }
            // The last of the past hours stays: it tells where a search may begin.
            try db.execute(
                sql: "DELETE FROM hours WHERE started_at < (SELECT max(started_at) FROM hours WHERE started_at < ?)",
                arguments: [time]
            )
            return .commit
        }
        // This gives the room back to the disk, a few megabytes with each call.
        if count > 0 { try db.execute(sql: "PRAGMA incremental_vacuum(2000)") }
        return count
    }
}
