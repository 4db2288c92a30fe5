import Martlet
import RedisClient
import Testing

/// Fails unless the queue is in a state that every script has to leave.
func expectConsistent(
    _ queue: TestQueue,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let violations = try await QueueContent(queue).violations
    #expect(violations.isEmpty, comment, sourceLocation: sourceLocation)
}

/// A whole queue, read into memory to be compared with itself.
private struct QueueContent {
    private var jobs: [String: [String: String]] = [:]
    private var logs: [String: [String]] = [:]
    private var attempts: [String: [String]] = [:]
    private var states: [JobState: [String: String]] = [:]
    private var objects: [String: [String: String]] = [:]
    private var fired: [String: [String: String]] = [:]
    private var expiring: [String: String] = [:]
    private var deadlines: [String: String] = [:]
    private var unknown: Set<String> = []
    private var suspects: Set<String> = []
    private(set) var violations: [String] = []

    init(_ queue: TestQueue) async throws {
        let prefix = queue.root + ":"
        let keys = try #require(try await queue.send("KEYS", "\(queue.store.keys.prefix):{*").array)
        var names: [String] = []
        for key in keys.compactMap(\.string) {
            if key.hasPrefix(queue.store.keys.scheduler + ":") { continue }
            guard key.hasPrefix(prefix) else {
                violations.append("a key of no queue: \(key)")
                continue
            }
            names.append(String(key.dropFirst(prefix.count)))
        }
        let replies = await queue.store.redis.send(names.map { Self.reading($0, prefix) })
        for (name, reply) in zip(names, replies) {
            take(name, try reply.get())
        }
        checkJobs()
        checkIndexes()
        checkFired()
        violations += try await ScheduleContent(queue.client).violations
    }

    /// The command that reads all that a key holds.
    private static func reading(_ name: String, _ prefix: String) -> RedisCommand {
        let key = RedisArgument(prefix + name)
        switch name.prefix(while: { $0 != ":" }) {
        case "job", "meta", "counts": return RedisCommand("HGETALL", [key])
        case "log", "attempts", "wake": return RedisCommand("LRANGE", [key, "0", "-1"])
        case "claim", "token", "pulse", "alone": return RedisCommand("GET", [key])
        default: return RedisCommand("ZRANGE", [key, "0", "-1", "WITHSCORES"])
        }
    }

    private mutating func take(_ name: String, _ content: RedisValue) {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts[0], parts.count) {
        case ("job", 2): jobs[parts[1]] = content.pairs
        case ("log", 2): logs[parts[1]] = content.array?.compactMap(\.string)
        case ("attempts", 2): attempts[parts[1]] = content.array?.compactMap(\.string)
        case ("object", 2): objects[parts[1]] = content.pairs
        case ("fired", 2): fired[parts[1]] = content.pairs
        case ("expiring", 1): expiring = content.pairs
        case ("deadlines", 1): deadlines = content.pairs
        case ("unknown", 1): unknown = Set(content.pairs.keys)
        case ("suspects", 1): suspects = Set(content.pairs.keys)
        case ("claim", 2), ("counts", 2), ("gone", 1), ("token", 1), ("pulse", 1), ("alone", 1), ("meta", 1): break
        case ("wake", 1): require(content.array?.count == 1, "the doorbell holds more than one token")
        case (let word, 1):
            guard let state = JobState(rawValue: word) else { fallthrough }
            states[state] = content.pairs
        default: violations.append("a key of no kind: \(name)")
        }
    }

    private mutating func checkJobs() {
        for (id, fields) in jobs {
            guard let state = fields["state"].flatMap(JobState.init(rawValue:)) else {
                violations.append("\(id): no state")
                continue
            }
            let found = JobState.allCases.filter { states[$0]?[id] != nil }
            require(found == [state], "\(id) says \(state) and is in \(found)")
            let score = states[state]?[id].flatMap { Double($0) }.map { Int64($0) } ?? -1
            switch state {
            case .scheduled: require(fields["due_at"] == "\(score)", "\(id): due_at is not its score")
            case .waiting: checkWaiting(id, fields, score)
            case .running:
                for field in ["worker", "token", "attempt", "started_at"] {
                    require(fields[field] != nil, "\(id) runs without \(field)")
                }
            default: require(fields["finished_at"] == "\(score)", "\(id): finished_at is not its score")
            }
            require(state.isFinished == (fields["finished_at"] != nil), "\(id): finished_at in \(state)")
            let mayBeSuspect = state == .waiting || state == .running
            require(mayBeSuspect || fields["suspect"] == nil, "\(id) is a suspect in \(state)")
            require(state.isFinished || expiring[id] == nil, "\(id) expires in \(state)")
            let deadline = state == .waiting || state == .scheduled ? fields["deadline"] : nil
            require(deadline == deadlines[id], "\(id): deadline \(deadline ?? "none"), listed differently")
            if let object = fields["object"] {
                require(objects[object]?[id] != nil, "\(id) is not listed for its object")
            }
            if let schedule = fields["schedule"] {
                require(fired[schedule]?[id] != nil, "\(id) is not listed for its schedule")
            }
            let log = logs[id] ?? []
            for line in log {
                if case .object = JSONValue(line) { continue }
                violations.append("\(id): a log line that is no JSON object: \(line)")
            }
            let own = log.dropFirst(fields["log_cut"] == nil ? 0 : 1)
            let bytes = own.reduce(0) { $0 + $1.utf8.count }
            require(fields["log_bytes"] ?? "0" == "\(bytes)", "\(id): log_bytes is not \(bytes)")
        }
    }

    private mutating func checkWaiting(_ id: String, _ fields: [String: String], _ score: Int64) {
        let isParked = score > 2_000_000_000_000_000
        let priority = fields["priority"].flatMap { Int64($0) } ?? 0
        let at = score + priority * 10_000_000_000_000 - (isParked ? 4_000_000_000_000_000 : 0)
        require((0..<10_000_000_000_000).contains(at), "\(id): the score \(score) is no priority and time")
        require(isParked == (fields["reason"] != nil), "\(id): parked \(isParked), reason \(fields["reason"] ?? "")")
        let isUnknown = unknown.contains("\(fields["type"] ?? "") \(id)")
        let isSuspect = suspects.contains(id)
        require(isParked == (isUnknown || isSuspect), "\(id): parked \(isParked), unknown or suspect")
        require(!isUnknown || !isSuspect, "\(id) is unknown and a suspect")
        require(isSuspect == (fields["suspect"] != nil), "\(id): listed as a suspect and marked so differ")
    }

    private mutating func checkIndexes() {
        for (state, members) in states {
            for id in members.keys where jobs[id] == nil {
                violations.append("\(id) is \(state) and has no hash")
            }
        }
        for (id, list) in attempts {
            require(jobs[id] != nil, "\(id) has attempts and no hash")
            require(list.count <= 20, "\(id) keeps \(list.count) attempts")
            for entry in list {
                require(AttemptEnd(entry) != nil, "\(id): an attempt that can't be read: \(entry)")
            }
        }
        for id in logs.keys where jobs[id] == nil {
            violations.append("\(id) has a log and no hash")
        }
        for id in expiring.keys where jobs[id] == nil {
            violations.append("\(id) expires and has no hash")
        }
        for id in deadlines.keys where jobs[id] == nil {
            violations.append("\(id) has a deadline and no hash")
        }
        for entry in unknown {
            let id = entry.split(separator: " ").last.map(String.init) ?? ""
            require(jobs[id]?["state"] == "waiting", "\(entry) is unknown and does not wait")
        }
        for id in suspects {
            require(jobs[id]?["state"] == "waiting", "\(id) is a suspect and does not wait")
        }
        for (object, members) in objects {
            for id in members.keys where jobs[id]?["object"] != object {
                violations.append("\(id) is listed for \(object), which is not its object")
            }
        }
    }

    private mutating func checkFired() {
        for (schedule, members) in fired {
            for id in members.keys where jobs[id]?["schedule"] != schedule {
                violations.append("\(id) is listed for \(schedule), which is not its schedule")
            }
        }
    }

    private mutating func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }
}
