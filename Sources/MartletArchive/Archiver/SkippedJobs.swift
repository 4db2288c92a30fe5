internal import Logging
internal import Martlet

/// The finished jobs that an archiver leaves in Redis because they are too large to be read.
struct SkippedJobs: Sendable {
    /// The most jobs that are remembered; those beyond are tried with each pass.
    private static let most = 10_000

    private var ids: Set<JobID> = []
    private var last = ""

    var count: Int { ids.count }

    func contains(_ id: JobID) -> Bool { ids.contains(id) }

    /// Skips these jobs from now on, and names each once in the log.
    mutating func note(_ jobs: [(id: JobID, reason: String)], logger: Logger) {
        for (id, reason) in jobs where ids.count < Self.most && ids.insert(id).inserted {
            last = "\(id): \(reason)"
            logger.error(
                "a finished job is too large to be moved to the archive; it stays in Redis",
                metadata: ["job": "\(id)", "error": "\(reason)"]
            )
        }
    }

    /// Forgets all jobs, so that they are tried again.
    mutating func clear() {
        ids = []
        last = ""
    }

    /// The fields about them in `martlet:archiver`; an empty value deletes the field.
    var fields: [(String, String)] {
        [("skipped", ids.isEmpty ? "" : "\(ids.count)"), ("skipped_last", last)]
    }
}
