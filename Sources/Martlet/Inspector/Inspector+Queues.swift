public import FoundationEssentials
internal import RedisClient

/// A queue at one moment.
public struct QueueRecord: Sendable, Hashable {
    /// The queue's name.
    public let name: String
    /// How many jobs are in each state.
    public let counts: [JobState: Int]
    /// Nil while its jobs are claimed.
    public let pause: QueuePause?
    /// When the next job to run was enqueued or fell due; nil when none waits.
    public let oldestWaiting: Date?
    /// When the next scheduled job falls due; nil when none is scheduled.
    public let nextDue: Date?
}

extension Inspector {
    /// Every queue, sorted by name.
    public func queues() async throws(JobError) -> [QueueRecord] {
        try await queues(try await queueNames())
    }

    /// One queue; nil when nobody has ever worked on it or enqueued to it.
    public func queue(_ name: String) async throws(JobError) -> QueueRecord? {
        let name = try Name.checked(name, field: "queue")
        let record = try await queues([name]).first
        if let record, record.pause != nil || record.counts.values.contains(where: { $0 > 0 }) { return record }
        let known = try await send(
            RedisCommand("SISMEMBER", [RedisArgument(store.keys.queues), RedisArgument(name)])
        )
        return try known.number("SISMEMBER") == 1 ? record : nil
    }

    /// Has no waiting job of a queue claimed any more, until it is resumed; running ones go on.
    /// - Returns: the pause that was there before, which stays; nil when this is the one.
    public func pause(queue: String, by operator: Operator) async throws(JobError) -> QueuePause? {
        try await recorded("queue pause", of: queue, by: `operator`, hasChanged: { $0 == nil }) { () throws(JobError) in
            try await store.pause(queue: queue, by: `operator`)
        }
    }

    /// Has the jobs of a paused queue claimed again; idle workers start at once.
    /// - Returns: false when it was not paused.
    public func resume(queue: String, by operator: Operator) async throws(JobError) -> Bool {
        try await recorded("queue resume", of: queue, by: `operator`, hasChanged: \.self) { () throws(JobError) in
            try await store.resume(queue: queue, by: `operator`)
        }
    }

    /// Eleven commands for each queue, all in one write.
    private func queues(_ names: [String]) async throws(JobError) -> [QueueRecord] {
        let states = JobState.allCases
        let commands = names.flatMap { name in
            states.map { RedisCommand("ZCARD", [RedisArgument(store.keys.state($0, of: name))]) } + [
                RedisCommand("HMGET", [RedisArgument(store.keys.meta(name)), "paused_at", "paused_by"]),
                RedisCommand("ZRANGE", [RedisArgument(store.keys.state(.waiting, of: name)), 0, 0, "WITHSCORES"]),
                RedisCommand("ZRANGE", [RedisArgument(store.keys.state(.scheduled, of: name)), 0, 0, "WITHSCORES"]),
            ]
        }
        var replies = try await send(commands)[...]
        var records: [QueueRecord] = []
        for name in names {
            var counts: [JobState: Int] = [:]
            for state in states { counts[state] = try replies.removeFirst().number("ZCARD") }
            guard let meta = replies.removeFirst().array, meta.count == 2 else { throw .wrongShape("HMGET", "a pause") }
            let waiting = try replies.removeFirst().texts("ZRANGE")
            let scheduled = try replies.removeFirst().texts("ZRANGE")
            records.append(
                QueueRecord(
                    name: name,
                    counts: counts,
                    pause: QueuePause(since: meta[0].string, by: meta[1].string),
                    oldestWaiting: waiting.dropFirst().first.flatMap { Double($0) }.map {
                        Date(milliseconds: WaitingScore($0).at)
                    },
                    nextDue: StoredNumber.time(score: scheduled.dropFirst().first)
                )
            )
        }
        return records
    }
}

/// The score of a job in the set of the waiting ones, read: `lua/include/set_waiting.lua` writes it, and `park.lua`.
struct WaitingScore {
    /// Since when it waits, in milliseconds since 1970.
    let at: Int64
    /// Set aside, behind all others: nobody knows its type, or it is a suspect.
    let isParked: Bool

    /// The scores of one priority lie this far apart from those of the next, and a time is less than that.
    static let span = 1e13

    /// The score that a job of the same priority would have that waits since 1970 began.
    static func base(of score: Double) -> Double { (score / span).rounded(.down) * span }

    init(_ score: Double) {
        isParked = score > 2e15
        let unparked = isParked ? score - 4e15 : score
        let rest = unparked.truncatingRemainder(dividingBy: 1e13)
        at = Int64(clamping: rest < 0 ? rest + 1e13 : rest)
    }
}
