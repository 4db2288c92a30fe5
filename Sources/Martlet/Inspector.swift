internal import RedisClient

/// What an operator sees and does: paged, bounded reads, and actions that go through the scripts.
///
/// No call scans the keyspace, and no page holds more than 500 jobs.
public struct Inspector: Sendable {
    package let store: JobStore
    package static let page = 500
    /// No set or list goes on behind this.
    private static let furthest = Int(Int32.max)

    /// The names of all queues, sorted.
    public func queues() async throws(JobError) -> [String] {
        let reply = try await send(RedisCommand("SMEMBERS", [RedisArgument(store.keys.queues)]))
        return (reply.array ?? []).compactMap(\.string).sorted()
    }

    /// How many jobs are in each state of a queue.
    public func counts(queue: String) async throws(JobError) -> [JobState: Int] {
        let replies = try await send(
            JobState.allCases.map { RedisCommand("ZCARD", [RedisArgument(store.keys.state($0, of: queue))]) }
        )
        return Dictionary(uniqueKeysWithValues: zip(JobState.allCases, replies.map { $0.int ?? 0 }))
    }

    /// When the job that waits first was enqueued or fell due, in milliseconds; nil when none waits.
    public func oldestWaiting(queue: String) async throws(JobError) -> Int64? {
        let first = try await ids(.waiting, queue: queue, offset: 0, limit: 1)
        guard let id = first.first, let job = try await job(id) else { return nil }
        return max(job.enqueuedAt, job.dueAt ?? 0)
    }

    /// The job, or nil when there is none.
    public func job(_ id: JobID) async throws(JobError) -> JobRecord? {
        try await jobs([id]).first
    }

    /// A page of the jobs in a state: the next to run first, the last finished first. At most 500.
    public func jobs(
        _ state: JobState,
        queue: String,
        offset: Int = 0,
        limit: Int = 50
    ) async throws(JobError) -> [JobRecord] {
        try await jobs(try await ids(state, queue: queue, offset: offset, limit: limit))
    }

    /// A page of the jobs about an object, the newest first. At most 500.
    public func jobs(
        object: String,
        queue: String,
        offset: Int = 0,
        limit: Int = 50
    ) async throws(JobError) -> [JobRecord] {
        let key = store.keys.object(object, of: queue)
        return try await jobs(try await ids("ZREVRANGE", key, queue: queue, offset: offset, limit: limit))
    }

    /// Lines of a job's log, from the `start`th that was ever written (from 0), at most `limit` of them.
    /// - Returns: the lines, and the number of the line after the last of them, to go on from.
    public func log(_ id: JobID, from start: Int = 0, limit: Int = 500) async throws(JobError) -> LogPage {
        let readCut = RedisCommand("HMGET", [RedisArgument(store.keys.job(id)), "log_cut", "log_lost"])
        let start = min(max(start, 0), Self.furthest)
        var gone = try await send(readCut).array ?? []
        while true {
            // The first line of a log that lacks some only says so; line number n stands at n - cut + 1.
            let cut = gone.first?.int ?? 0
            let marker = gone.contains { ($0.int ?? 0) > 0 } ? 1 : 0
            let first = start < cut ? 0 : start - cut + marker
            let last = first + min(max(limit, 1), Self.page) - 1
            let readLines = RedisCommand(
                "LRANGE",
                [RedisArgument(store.keys.log(id)), RedisArgument(first), RedisArgument(last)]
            )
            let replies = try await send([readLines, readCut])
            let goneSince = replies[1].array ?? []
            guard goneSince == gone else {
                // Lines went meanwhile, so those that came are other ones.
                gone = goneSince
                continue
            }
            let entries = (replies[0].array ?? []).compactMap(\.string).map(LogEntry.init)
            let next = entries.isEmpty ? start : first + entries.count + cut - marker
            return LogPage(entries: entries, next: next)
        }
    }

    /// How the job's attempts ended that did not simply succeed: the last 20, the oldest first.
    public func attempts(_ id: JobID) async throws(JobError) -> [AttemptEnd] {
        let reply = try await send(RedisCommand("LRANGE", [RedisArgument(store.keys.attempts(id)), 0, -1]))
        return (reply.array ?? []).compactMap { $0.string.flatMap(AttemptEnd.init) }
    }

    /// Cancels a job: at once when it has not started; a running one is asked to stop, which its worker learns within
    /// a second.
    @discardableResult
    public func cancel(_ id: JobID) async throws(JobError) -> CancelReply {
        let reply = try await store.cancel(id)
        if case .requested(let worker) = reply {
            let orders = RedisArgument(store.keys.orders(worker))
            _ = try await send([
                RedisCommand("RPUSH", [orders, RedisArgument("cancel \(id)")]),
                RedisCommand("PEXPIRE", [orders, 60_000]),
            ])
        }
        return reply
    }

    /// Sends a finished job round again, with all its retries.
    public func restart(_ id: JobID) async throws(JobError) {
        try await store.restart(id)
    }

    /// The worker processes that were heard of lately, by id.
    public func workers() async throws(JobError) -> [WorkerRecord] {
        let key = RedisArgument(store.keys.workers)
        let ids =
            try await send(RedisCommand("ZREVRANGE", [key, 0, RedisArgument(Self.page - 1)]))
            .array?.compactMap(\.string) ?? []
        let hashes = try await send(ids.map { RedisCommand("HGETALL", [RedisArgument(store.keys.worker($0))]) })
        return zip(ids, hashes).compactMap { id, hash in
            let fields = hash.dictionary
            return fields.isEmpty ? nil : WorkerRecord(id: id, fields: fields)
        }
    }

    /// Redis's time in milliseconds: what the times of jobs are to be compared with.
    public func now() async throws(JobError) -> Int64 {
        let reply = try await send(RedisCommand("TIME"))
        let parts = (reply.array ?? []).compactMap { $0.string.flatMap { Int64($0) } }
        guard parts.count == 2 else { throw JobError(.malformed, "TIME answered without a time") }
        return parts[0] * 1000 + parts[1] / 1000
    }

    private func ids(
        _ state: JobState,
        queue: String,
        offset: Int,
        limit: Int
    ) async throws(JobError) -> [JobID] {
        let order = state.isFinished ? "ZREVRANGE" : "ZRANGE"
        return try await ids(order, store.keys.state(state, of: queue), queue: queue, offset: offset, limit: limit)
    }

    private func ids(
        _ command: String,
        _ key: String,
        queue: String,
        offset: Int,
        limit: Int
    ) async throws(JobError) -> [JobID] {
        let offset = min(max(offset, 0), Self.furthest)
        let last = offset + min(max(limit, 1), Self.page) - 1
        let reply = try await send(
            RedisCommand(command, [RedisArgument(key), RedisArgument(offset), RedisArgument(last)])
        )
        return (reply.array ?? []).compactMap { $0.string.flatMap { try? JobID(queue: queue, local: $0) } }
    }

    private func jobs(_ ids: [JobID]) async throws(JobError) -> [JobRecord] {
        let replies = try await send(ids.map { RedisCommand("HGETALL", [RedisArgument(store.keys.job($0))]) })
        return zip(ids, replies).compactMap { JobRecord($0, $1.dictionary) }
    }

    func send(_ command: RedisCommand) async throws(JobError) -> RedisValue {
        do {
            return try await store.redis.send(command)
        } catch {
            throw JobError(error)
        }
    }

    private func send(_ commands: [RedisCommand]) async throws(JobError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        var values: [RedisValue] = []
        for result in await store.redis.send(commands) {
            do {
                values.append(try result.get())
            } catch {
                throw JobError(error)
            }
        }
        return values
    }
}

/// Some lines of a log.
public struct LogPage: Sendable {
    public let entries: [LogEntry]
    /// The number of the line to go on from.
    public let next: Int
}

/// A worker process as it describes itself.
public struct WorkerRecord: Sendable, Hashable {
    public let id: String
    /// As its hash holds them: host, pid, version, queues, types, concurrency, running, started_at;
    /// claimed_at: when it last claimed, or beat with every place taken; stuck: handlers that did not stop and still run;
    /// stale: its writes that were refused because a lease was lost.
    public let fields: [String: String]
}

extension RedisValue {
    /// A flat list of names and values, as HGETALL gives it.
    fileprivate var dictionary: [String: String] {
        var result: [String: String] = [:]
        let items = array ?? []
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if let name = items[index].string { result[name] = items[index + 1].string }
        }
        return result
    }
}
