import Martlet
import RedisClient
import Testing

/// Fails unless the queue is as every script has to leave it.
func expectConsistent(
    _ queue: TestQueue,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let violations = try await QueueContent(queue).violations
    #expect(violations.isEmpty, comment, sourceLocation: sourceLocation)
}

/// All of a queue, read into memory to be compared with itself.
private struct QueueContent {
    private var jobs: [String: [String: String]] = [:]
    private var logs: [String: [String]] = [:]
    private var states: [JobState: [String: String]] = [:]
    private var objects: [String: [String: String]] = [:]
    private var expiring: [String: String] = [:]
    private var unknown: Set<String> = []
    private(set) var violations: [String] = []

    init(_ queue: TestQueue) async throws {
        let prefix = queue.root + ":"
        let keys = try #require(try await queue.send("KEYS", "\(queue.store.keys.prefix):{*").array)
        for key in keys.compactMap(\.string) {
            guard key.hasPrefix(prefix) else {
                violations.append("a key of no queue: \(key)")
                continue
            }
            let name = String(key.dropFirst(prefix.count))
            let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count) {
            case ("job", 2): jobs[parts[1]] = try await queue.send("HGETALL", key).pairs
            case ("log", 2): logs[parts[1]] = try await queue.send("LRANGE", key, "0", "-1").strings
            case ("object", 2): objects[parts[1]] = try await queue.sortedSet(key)
            case ("expiring", 1): expiring = try await queue.sortedSet(key)
            case ("unknown", 1): unknown = Set(try await queue.sortedSet(key).keys)
            case ("claim", 2), ("token", 1): break
            case ("wake", 1):
                if try await queue.rings() > 1 { violations.append("the doorbell holds more than one token") }
            case (let word, 1):
                if let state = JobState(rawValue: word) {
                    states[state] = try await queue.sortedSet(key)
                } else {
                    violations.append("a key of no kind: \(key)")
                }
            default: violations.append("a key of no kind: \(key)")
            }
        }
        checkJobs()
        checkIndexes()
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
            require(state.isFinished || expiring[id] == nil, "\(id) expires in \(state)")
            if let object = fields["object"] {
                require(objects[object]?[id] != nil, "\(id) is not listed for its object")
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
        require(isParked == unknown.contains("\(fields["type"] ?? "") \(id)"), "\(id): parked and unknown differ")
    }

    private mutating func checkIndexes() {
        for (state, members) in states {
            for id in members.keys where jobs[id] == nil {
                violations.append("\(id) is \(state) and has no hash")
            }
        }
        for id in logs.keys where jobs[id] == nil {
            violations.append("\(id) has a log and no hash")
        }
        for id in expiring.keys where jobs[id] == nil {
            violations.append("\(id) expires and has no hash")
        }
        for entry in unknown {
            let id = entry.split(separator: " ").last.map(String.init) ?? ""
            require(jobs[id]?["state"] == "waiting", "\(entry) is unknown and does not wait")
        }
        for (object, members) in objects {
            for id in members.keys where jobs[id]?["object"] != object {
                violations.append("\(id) is listed for \(object), which is not its object")
            }
        }
    }

    private mutating func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }
}

extension TestQueue {
    fileprivate func sortedSet(_ key: String) async throws -> [String: String] {
        try await send("ZRANGE", key, "0", "-1", "WITHSCORES").pairs
    }
}

extension RedisValue {
    fileprivate var strings: [String] { (array ?? []).compactMap(\.string) }
}
