public import FoundationEssentials
internal import RedisClient

extension Inspector {
    /// What is known of the archiver: the process that moves finished jobs into an archive. Nil when there never was
    /// one: then finished jobs are pruned by age.
    public func archiver() async throws(JobError) -> ArchiverRecord? {
        let reply = try await send(RedisCommand("HGETALL", [RedisArgument(store.keys.archiver)]))
        let fields = try reply.fields("HGETALL")
        return fields.isEmpty ? nil : ArchiverRecord(fields)
    }

    /// Forgets the archiver: there is to be none any more, and finished jobs are pruned by age again. One that still
    /// runs comes back with its next pass.
    /// - Returns: false when there was none.
    @discardableResult
    public func forgetArchiver(by operator: Operator) async throws(JobError) -> Bool {
        try await recorded("archive retire", of: "archiver", by: `operator`, hasChanged: \.self) {
            () throws(JobError) in
            try await send(RedisCommand("UNLINK", [RedisArgument(store.keys.archiver)])).int == 1
        }
    }
}

/// The archiver as it describes itself. Times are by Redis's clock.
public struct ArchiverRecord: Sendable, Hashable {
    /// The id of the process that has, or had, the archiver's lease.
    public let holder: String?
    /// The machine that it runs on.
    public let host: String?
    /// The archive's file there.
    public let path: String?
    /// When it was last heard of.
    public let seenAt: Date
    /// When its lease ends unless it renews.
    public let expiresAt: Date?
    /// How long its lease is.
    public let lease: Duration?
    /// How long a finished job stays in Redis before it is moved.
    public let after: Duration?
    /// How many jobs it has moved since it started.
    public let moved: Int
    /// When it last moved any.
    public let movedAt: Date?
    /// How many jobs were due to be moved when it was last heard of.
    public let backlog: Int
    /// Why it does not move jobs; nil while it does.
    public let error: String?
    /// Since when it does not.
    public let errorSince: Date?
    /// What it had to do about a damaged file, the last time.
    public let notice: String?
    /// How many finished jobs stay in Redis because they are too large to be moved.
    public let skipped: Int
    /// The last of these jobs, and what is too large of it.
    public let lastSkipped: String?
    /// Since when jobs are due to be moved and none is; nil while some are, or none is due.
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
