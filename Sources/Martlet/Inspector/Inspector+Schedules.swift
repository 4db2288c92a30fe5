package import FoundationEssentials
internal import RedisClient

// The reads of schedules for operators.
extension Inspector {
    /// Counts the schedules.
    public func scheduleCount() async throws(JobError) -> Int {
        try await send(RedisCommand("ZCARD", [RedisArgument(store.keys.schedules)])).number("ZCARD")
    }

    /// Reads a page of the schedules by name, at most 500.
    public func schedules(offset: Int = 0, limit: Int = 500) async throws(JobError) -> [ScheduleRecord] {
        let first = min(max(offset, 0), Int(Int32.max))
        let last = first + min(max(limit, 1), Self.page) - 1
        let key = RedisArgument(store.keys.schedules)
        let names = try await send(RedisCommand("ZRANGE", [key, RedisArgument(first), RedisArgument(last)]))
        return try await schedules(try names.texts("ZRANGE"))
    }

    /// Reads a schedule; nil when there is none of this name.
    public func schedule(_ name: String) async throws(JobError) -> ScheduleRecord? {
        try await schedules([try Name.checked(name, field: "schedule")]).first
    }

    /// Reads a page of a schedule's ledger, the newest line first, at most 500 lines.
    ///
    /// The ledger holds the last 1,000 lines. A line that this release cannot read is left out.
    public func slots(of schedule: String, offset: Int = 0, limit: Int = 50) async throws(JobError) -> [SlotEntry] {
        let key = RedisArgument(store.keys.slots(try Name.checked(schedule, field: "schedule")))
        let first = min(max(offset, 0), Int(Int32.max))
        let last = first + min(max(limit, 1), Self.page) - 1
        return try await send(RedisCommand("LRANGE", [key, RedisArgument(first), RedisArgument(last)]))
            .texts("LRANGE").compactMap { SlotEntry($0) }
    }

    /// Reads a page of the jobs that a schedule fired to a queue, the newest first, at most 500, without their
    /// payloads.
    public func jobs(
        schedule: String,
        queue: String,
        offset: Int = 0,
        limit: Int = 50
    ) async throws(JobError) -> [JobRecord] {
        let key = store.keys.fired(by: schedule, to: queue)
        return try await jobs(try await ids("ZREVRANGE", key, queue: queue, offset: offset, limit: limit))
    }

    /// Reads the jobs that schedules fired and no queue has taken yet, which stay there only for a moment unless a
    /// queue refuses.
    package func pendingJobs() async throws(JobError) -> PendingJobs {
        var pending = PendingJobs()
        // A payload may be large.
        let window = 20
        // Scripts stop adding at 1,000.
        for first in stride(from: 0, to: 1000, by: window) {
            let range = [RedisArgument(store.keys.pending), RedisArgument(first), RedisArgument(first + window - 1)]
            let entries = try await send(RedisCommand("LRANGE", range)).texts("LRANGE")
            for entry in entries { pending.add(PendingJob(entry: entry)) }
            if entries.count < window { break }
        }
        return pending
    }

    /// Reads the leader, the worker that fires schedules; nil when there is none.
    public func leader() async throws(JobError) -> LeaderRecord? {
        let now = try await now()
        let hash = try await send(RedisCommand("HGETALL", [RedisArgument(store.keys.leader)])).fields("HGETALL")
        return LeaderRecord(hash, now: now)
    }

    private func schedules(_ names: [String]) async throws(JobError) -> [ScheduleRecord] {
        guard !names.isEmpty else { return [] }
        let now = try await now()
        let hashes = try await send(names.map { RedisCommand("HGETALL", [RedisArgument(store.keys.schedule($0))]) })
            .map { reply throws(JobError) in try reply.fields("HGETALL") }
        let jobs = hashes.compactMap { $0["last_job"].flatMap { try? JobID($0) } }
        let replies = try await send(jobs.map { RedisCommand("HGET", [RedisArgument(store.keys.job($0)), "state"]) })
        let states = Dictionary(zip(jobs, replies)) { first, _ in first }
        // The record is nil when the schedule was removed between the reads.
        return zip(names, hashes).compactMap { name, hash in
            let state = hash["last_job"].flatMap { try? JobID($0) }.flatMap { states[$0]?.string }
            return ScheduleRecord(name, hash, now: now, lastState: state.flatMap(JobState.init(rawValue:)))
        }
    }
}

/// The jobs on their way from schedules to their queues.
package struct PendingJobs: Sendable {
    /// The number of jobs by queue, and the time since which the first of them waits.
    package private(set) var queues: [String: (jobs: Int, since: Date)] = [:]
    /// The number of entries in the list that are no jobs.
    package private(set) var unreadable = 0

    fileprivate mutating func add(_ job: PendingJob?) {
        guard let job else {
            unreadable += 1
            return
        }
        let posted = Date(milliseconds: job.postedAt)
        let known = queues[job.id.queue] ?? (0, posted)
        queues[job.id.queue] = (known.jobs + 1, min(known.since, posted))
    }
}
