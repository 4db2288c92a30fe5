public import FoundationEssentials
internal import RedisClient

/// The operator's side of Martlet: bounded reads by pages, and changes that go through the scripts.
public struct Inspector: Sendable {
    package let store: JobStore
    /// Called with each command before it is sent.
    var tap: (@Sendable (RedisCommand) -> Void)?
    package static let page = 500
    /// The highest index in a set or list that is asked for.
    private static let furthest = Int(Int32.max)

    /// Reads the names of all queues, sorted.
    public func queueNames() async throws(JobError) -> [String] {
        try await send(RedisCommand("SMEMBERS", [RedisArgument(store.keys.queues)])).texts("SMEMBERS").sorted()
    }

    /// Counts the jobs of a queue by state.
    public func counts(queue: String) async throws(JobError) -> [JobState: Int] {
        let replies = try await send(
            JobState.allCases.map { RedisCommand("ZCARD", [RedisArgument(store.keys.state($0, of: queue))]) }
        )
        var counts: [JobState: Int] = [:]
        for (state, reply) in zip(JobState.allCases, replies) {
            counts[state] = try reply.number("ZCARD")
        }
        return counts
    }

    /// Reads the time at which the next job to run was enqueued or fell due; nil when none waits.
    public func oldestWaiting(queue: String) async throws(JobError) -> Date? {
        guard let job = try await jobs(.waiting, queue: queue, limit: 1).first else { return nil }
        return job.moment
    }

    /// Reads a job with its payload; nil when there is none.
    public func job(_ id: JobID) async throws(JobError) -> JobRecord? {
        let reply = try await send(RedisCommand("HGETALL", [RedisArgument(store.keys.job(id))]))
        guard let items = reply.array, items.count.isMultiple(of: 2) else { throw .wrongShape("HGETALL", "a hash") }
        return items.isEmpty ? nil : try record(id, JobHash(items[...]))
    }

    /// Reads the state of a job; nil when there is no such job.
    ///
    /// It is a light read, for callers that ask again and again.
    public func state(_ id: JobID) async throws(JobError) -> JobState? {
        let reply = try await send(RedisCommand("HGET", [RedisArgument(store.keys.job(id)), "state"]))
        if reply.isNull { return nil }
        guard let state = reply.string.flatMap(JobState.init(rawValue:)) else { throw .notAJob(id) }
        return state
    }

    /// Reads a page of the jobs in a state, at most 500, without their payloads.
    ///
    /// The next to run comes first, and of finished jobs the last finished.
    public func jobs(
        _ state: JobState,
        queue: String,
        offset: Int = 0,
        limit: Int = 50
    ) async throws(JobError) -> [JobRecord] {
        try await jobs(try await ids(state, queue: queue, offset: offset, limit: limit))
    }

    /// Reads a page of the jobs about an object, the newest first, at most 500, without their payloads.
    public func jobs(
        object: String,
        queue: String,
        offset: Int = 0,
        limit: Int = 50
    ) async throws(JobError) -> [JobRecord] {
        let key = store.keys.object(object, of: queue)
        return try await jobs(try await ids("ZREVRANGE", key, queue: queue, offset: offset, limit: limit))
    }

    /// Reads a page of a job's log.
    ///
    /// Lines are numbered from 0 as they were written, and lines that were cut keep their numbers.
    ///
    /// - Parameters:
    ///   - id: The job's full id.
    ///   - start: The number of the first line that is wanted.
    ///   - limit: The most lines that are wanted, up to 500.
    /// - Returns: The lines, and the number of the line to go on from.
    /// - Throws: ``JobError`` when Redis fails.
    public func log(_ id: JobID, from start: Int = 0, limit: Int = 500) async throws(JobError) -> LogPage {
        let readCut = RedisCommand("HMGET", [RedisArgument(store.keys.job(id)), "log_cut", "log_lost"])
        let start = min(max(start, 0), Self.furthest)
        func counts(_ reply: RedisValue) throws(JobError) -> [Int] {
            guard let items = reply.array, items.count == 2 else { throw .wrongShape("HMGET", "two counts") }
            return try items.map { item throws(JobError) in
                item.isNull ? 0 : min(max(try item.number("HMGET"), 0), Self.furthest)
            }
        }
        var gone = try counts(try await send(readCut))
        while true {
            // The first line of a log that lacks lines only says so; line number n stands at n - cut + 1.
            let cut = gone[0]
            let marker = gone.contains { $0 > 0 } ? 1 : 0
            let first = start == 0 || start < cut ? 0 : start - cut + marker
            // That line comes on top of those asked for, so that each page makes progress.
            let last = first + min(max(limit, 1), Self.page) - 1 + (first == 0 ? marker : 0)
            let readLines = RedisCommand(
                "LRANGE",
                [RedisArgument(store.keys.log(id)), RedisArgument(first), RedisArgument(last)]
            )
            let replies = try await send([readLines, readCut])
            let goneSince = try counts(replies[1])
            guard goneSince == gone else {
                // Lines were cut meanwhile, so the lines that came are other ones.
                gone = goneSince
                continue
            }
            let entries = try replies[0].texts("LRANGE").map { LogEntry($0) }
            let next = entries.isEmpty ? start : first + entries.count + cut - marker
            return LogPage(entries: entries, next: next)
        }
    }

    /// Reads how the job's attempts ended that did not simply succeed: the last 20, the oldest first.
    ///
    /// An entry that this release cannot read is left out; a later release may have written it.
    public func attempts(_ id: JobID) async throws(JobError) -> [AttemptEnd] {
        let reply = try await send(RedisCommand("LRANGE", [RedisArgument(store.keys.attempts(id)), 0, -1]))
        return try reply.texts("LRANGE").compactMap { AttemptEnd($0) }
    }

    /// Cancels a job.
    ///
    /// A job that has not started is cancelled at once. A running job is asked to stop: its worker learns it within
    /// milliseconds, or, when Redis takes no more writes, with the next renewal of the lease.
    ///
    /// - Returns: What became of the request.
    /// - Throws: ``JobError`` with the code `notFound` when there is no such job.
    @discardableResult
    public func cancel(_ id: JobID, by operator: Operator) async throws(JobError) -> CancelReply {
        func isChange(_ reply: CancelReply) -> Bool { if case .finished = reply { false } else { true } }
        return try await recorded(.cancelJob, of: "\(id)", by: `operator`, hasChanged: isChange) {
            () throws(JobError) in
            try await cancel(id)
        }
    }

    /// Cancels a job without a note in the audit list.
    func cancel(_ id: JobID) async throws(JobError) -> CancelReply {
        let reply = try await store.cancel(id)
        if case .requested(let worker) = reply {
            let results = await store.redis.send(store.orderCommands("cancel \(id)", to: worker))
            for case .failure(let error) in results where !error.isOutage {
                // In an outage, above all with a full memory, the request that the script wrote into the job remains:
                // an order is only a hint, and the renewal of the lease brings the same.
                throw JobError(error)
            }
        }
        return reply
    }

    /// Sends a finished job round again, with all its retries.
    ///
    /// - Parameters:
    ///   - id: The job's full id.
    ///   - deadline: The deadline that holds from now on. Default: the one that the job has.
    ///   - operator: The operator who restarts it.
    /// - Throws: ``JobError`` with the code `refused` when the job has not finished or its deadline has passed,
    ///   `notFound` when there is no such job, `invalid` for a deadline that is not after now.
    public func restart(_ id: JobID, deadline: JobDeadline? = nil, by operator: Operator) async throws(JobError) {
        try await recorded(.restartJob, of: "\(id)", by: `operator`) { () throws(JobError) in
            try await store.restart(id, deadline: deadline)
        }
    }

    /// Deletes a job that is not running, with its log.
    ///
    /// - Throws: ``JobError`` with the code `refused` when the job is running, `notFound` when there is no such job.
    public func delete(_ id: JobID, by operator: Operator) async throws(JobError) {
        try await recorded(.deleteJob, of: "\(id)", by: `operator`) { () throws(JobError) in
            try await store.delete(id)
        }
    }

    /// Reads Redis's time in whole milliseconds, which the times of jobs are to be compared with.
    public func now() async throws(JobError) -> Date {
        try await send(RedisCommand("TIME")).clock()
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

    func ids(
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
        return try reply.texts(command).map { text throws(JobError) in try .stored(text, of: queue, in: key) }
    }

    /// Reads these fields, `type` and `state` at least, of the jobs with these ids; ids without a job are left out.
    func jobs(
        _ ids: [JobID],
        reading names: [JobField] = JobRecord.listedFields
    ) async throws(JobError) -> [JobRecord] {
        let arguments = names.map { RedisArgument($0.rawValue) }
        let replies = try await send(
            ids.map { RedisCommand("HMGET", [RedisArgument(store.keys.job($0))] + arguments) }
        )
        var records: [JobRecord] = []
        for (id, reply) in zip(ids, replies) {
            guard let values = reply.array, values.count == names.count else {
                throw .wrongShape("HMGET", "the fields")
            }
            // The job was removed between the two reads.
            if values.allSatisfy(\.isNull) { continue }
            var hash = JobHash()
            for (name, value) in zip(names, values) { hash.take(name, value) }
            records.append(try record(id, hash))
        }
        return records
    }

    private func record(_ id: JobID, _ hash: JobHash) throws(JobError) -> JobRecord {
        guard let record = JobRecord(id, hash) else { throw .notAJob(id) }
        return record
    }

    func send(_ command: RedisCommand) async throws(JobError) -> RedisValue {
        try await send([command])[0]
    }

    func send(_ commands: [RedisCommand]) async throws(JobError) -> [RedisValue] {
        if let tap { commands.forEach(tap) }
        return try await store.send(commands)
    }
}

/// A page of a job's log.
public struct LogPage: Sendable {
    /// The lines, in the order in which they were written.
    public let entries: [LogEntry]
    /// The number of the line that the next page begins with.
    public let next: Int

    package init(entries: [LogEntry], next: Int) {
        self.entries = entries
        self.next = next
    }
}
