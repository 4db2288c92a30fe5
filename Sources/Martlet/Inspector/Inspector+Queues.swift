public import FoundationEssentials
internal import RedisClient

/// The state of a queue at one moment.
public struct QueueRecord: Sendable, Hashable {
    /// The queue's name.
    public let name: String
    /// The number of jobs in each state.
    public let counts: [JobState: Int]
    /// The pause of the queue; nil while its jobs are claimed.
    public let pause: QueuePause?
    /// The time at which the next job to run was enqueued or fell due; nil when none waits.
    public let oldestWaiting: Date?
    /// The time at which the next scheduled job falls due; nil when none is scheduled.
    public let nextDue: Date?
}

extension Inspector {
    /// Reads every queue, sorted by name.
    public func queues() async throws(JobError) -> [QueueRecord] {
        try await queues(try await queueNames())
    }

    /// Reads one queue; nil when nobody has ever worked on it or enqueued to it.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the name is not valid.
    public func queue(_ name: String) async throws(JobError) -> QueueRecord? {
        let name = try Name.checked(name, field: "queue")
        let record = try await queues([name]).first
        if let record, record.pause != nil || record.counts.values.contains(where: { $0 > 0 }) { return record }
        let known = try await send(
            RedisCommand("SISMEMBER", [RedisArgument(store.keys.queues), RedisArgument(name)])
        )
        return try known.number("SISMEMBER") == 1 ? record : nil
    }

    /// Pauses a queue: no waiting job is claimed until it is resumed, and running jobs go on.
    ///
    /// - Returns: The pause that was there before, which stays; nil when this call paused the queue.
    public func pause(queue: String, by operator: Operator) async throws(JobError) -> QueuePause? {
        try await recorded(.pauseQueue, of: queue, by: `operator`, hasChanged: { $0 == nil }) { () throws(JobError) in
            try await store.pause(queue: queue, by: `operator`)
        }
    }

    /// Resumes a paused queue: its jobs are claimed again, and idle workers start at once.
    ///
    /// - Returns: False when it was not paused.
    public func resume(queue: String, by operator: Operator) async throws(JobError) -> Bool {
        try await recorded(.resumeQueue, of: queue, by: `operator`, hasChanged: \.self) { () throws(JobError) in
            try await store.resume(queue: queue, by: `operator`)
        }
    }

    /// Reads these queues with ten commands for each, all in one write.
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

/// The score of a waiting job, taken apart; `set_waiting.lua` and `park.lua` write it.
struct WaitingScore {
    /// The time since which the job waits, in milliseconds since 1970.
    let at: Int64
    /// True when the job is set aside behind all others, because no worker knew its type or because it is a suspect.
    let isParked: Bool

    /// The distance between the scores of two neighbouring priorities, which is more than any time.
    static let span = 1e13

    /// The score of a job of the same priority that waits since the beginning of 1970.
    static func base(of score: Double) -> Double { (score / span).rounded(.down) * span }

    init(_ score: Double) {
        isParked = score > 2e15
        let unparked = isParked ? score - 4e15 : score
        let rest = unparked.truncatingRemainder(dividingBy: 1e13)
        at = Int64(clamping: rest < 0 ? rest + 1e13 : rest)
    }
}
