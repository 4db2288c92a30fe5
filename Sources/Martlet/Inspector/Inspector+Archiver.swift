internal import RedisClient

extension Inspector {
    /// What is known of the archiver: the process that moves finished jobs into an archive. Nil when there never was
    /// one: then finished jobs are pruned by age.
    public func archiver() async throws(JobError) -> ArchiverRecord? {
        let reply = try await send(RedisCommand("HGETALL", [RedisArgument(store.keys.archiver)]))
        let fields = try reply.fields("HGETALL")
        return fields.isEmpty ? nil : ArchiverRecord(fields: fields)
    }

    /// Forgets the archiver: there is to be none any more, and finished jobs are pruned by age again. One that still
    /// runs comes back with its next pass.
    public func forgetArchiver() async throws(JobError) {
        _ = try await send(RedisCommand("UNLINK", [RedisArgument(store.keys.archiver)]))
    }
}

/// The archiver as it describes itself.
public struct ArchiverRecord: Sendable, Hashable {
    /// As its hash holds them: holder, host, path (of the archive), seen_at, expires_at (of its lease), moved (jobs,
    /// since it started), moved_at, backlog (jobs that are due to be moved), stalled_since (while none of them is),
    /// skipped (jobs that are too large) and skipped_last, error and error_since while moving has stopped, notice (what
    /// it had to do about a damaged file, the last time).
    public let fields: [String: String]

    /// When it was heard of last: milliseconds since 1970 by Redis's clock.
    public var seenAt: Int64 { fields["seen_at"].flatMap { Int64($0) } ?? 0 }
    /// The number of finished jobs that stay in Redis because they are too large to be moved.
    public var skipped: Int { fields["skipped"].flatMap { Int($0) } ?? 0 }
    /// The last of them, and what is too large of it.
    public var lastSkipped: String? { fields["skipped_last"] }
    /// Since when jobs are due to be moved and none is, by Redis's clock in milliseconds; nil while some are, or none
    /// is due.
    public var stalledSince: Int64? { fields["stalled_since"].flatMap { Int64($0) }.map { max($0, 0) } }
    /// Why it does not move jobs; nil while it does.
    public var error: String? { fields["error"] }
}
