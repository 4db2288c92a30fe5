public import FoundationEssentials
internal import RedisClient

extension Inspector {
    /// The archiver, the process that moves finished jobs into an archive; nil when there never was one, so that
    /// finished jobs are pruned by age.
    public func archiver() async throws(JobError) -> ArchiverRecord? {
        let reply = try await send(RedisCommand("HGETALL", [RedisArgument(store.keys.archiver)]))
        let fields = try reply.fields("HGETALL")
        return fields.isEmpty ? nil : ArchiverRecord(fields)
    }

    /// Forgets the archiver, so that finished jobs are pruned by age again.
    ///
    /// An archiver that still runs comes back with its next pass.
    ///
    /// - Returns: False when there was none.
    @discardableResult
    public func forgetArchiver(by operator: Operator) async throws(JobError) -> Bool {
        try await recorded(.retireArchiver, of: "archiver", by: `operator`, hasChanged: \.self) {
            () throws(JobError) in
            try await send(RedisCommand("UNLINK", [RedisArgument(store.keys.archiver)])).int == 1
        }
    }
}

/// The archiver as it describes itself; times are by Redis's clock.
public struct ArchiverRecord: Sendable, Hashable {
    /// The id of the process that has, or last had, the archiver's lease.
    public let holder: String?
    /// The machine that it runs on.
    public let host: String?
    /// The archive's file there.
    public let path: String?
    /// The time at which the archiver was last heard of.
    public let seenAt: Date
    /// The time at which its lease ends unless it renews.
    public let expiresAt: Date?
    /// The length of its lease.
    public let lease: Duration?
    /// The time that a finished job stays in Redis before it is moved.
    public let after: Duration?
    /// The number of jobs that it has moved since it started.
    public let moved: Int
    /// The time at which it last moved a job.
    public let movedAt: Date?
    /// The number of jobs that were due to be moved when it was last heard of.
    public let backlog: Int
    /// The reason why it moves no jobs; nil while it does.
    public let error: String?
    /// The time since which it moves no jobs.
    public let errorSince: Date?
    /// A sentence about the last damaged file and what the archiver did with it.
    public let notice: String?
    /// The number of finished jobs that stay in Redis because they are too large to be moved.
    public let skipped: Int
    /// The last of the ``skipped`` jobs, and what of it is too large.
    public let lastSkipped: String?
    /// The time since which jobs are due to be moved and none is; nil while jobs are moved or none is due.
    public let stalledSince: Date?

    init(_ hash: StoredHash) {
        holder = hash.text("holder")
        host = hash.text("host")
        path = hash.text("path")
        seenAt = hash.time("seen_at") ?? Date(milliseconds: 0)
        expiresAt = hash.time("expires_at")
        lease = hash.span("lease_ms")
        after = hash.span("after_ms")
        moved = hash.count("moved") ?? 0
        movedAt = hash.time("moved_at")
        backlog = hash.count("backlog") ?? 0
        error = hash.text("error")
        errorSince = hash.time("error_since")
        notice = hash.text("notice")
        skipped = hash.count("skipped") ?? 0
        lastSkipped = hash.text("skipped_last")
        stalledSince = hash.time("stalled_since")
    }
}
