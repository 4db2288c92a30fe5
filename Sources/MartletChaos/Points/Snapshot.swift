internal import Martlet
internal import RedisClient

/// What Redis holds at the end of a run, read with plain commands.
struct Snapshot: Sendable {
    /// The members of the state sets.
    var sets: [JobState: [String]] = [:]
    var hashes: [String: [String: String]] = [:]
    /// Bytes in the logs.
    var logs: [String: Int] = [:]
    /// Object and job.
    var objects: [(object: String, job: String)] = []
    var expiring: [String] = []
    var parked: Int = 0
    /// Keys that belong to no job and have no end.
    var lasting: Set<String> = []
    /// Keys that belong to a job by their name, but are neither its hash nor its log.
    var others: [String: String] = [:]

    static func read(_ store: JobStore) async throws -> Snapshot {
        var snapshot = Snapshot()
        let redis = store.redis
        let keys = store.keys
        let root = keys.queue(ChaosClient.queue) + ":"
        for state in JobState.allCases {
            snapshot.sets[state] = try await members(redis, keys.state(state, of: ChaosClient.queue))
        }
        var cursor = "0"
        repeat {
            let reply = try await redis.send(RedisCommand("SCAN", [RedisArgument(cursor), "COUNT", "2000"]))
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string else {
                throw ChaosError("SCAN answered something else")
            }
            cursor = next
            try await snapshot.add((parts[1].array ?? []).compactMap(\.string), root: root, redis)
        } while cursor != "0"
        return snapshot
    }

    private mutating func add(_ keys: [String], root: String, _ redis: RedisClient) async throws {
        var jobs: [String] = []
        var logs: [String] = []
        for key in keys {
            let name = key.hasPrefix(root) ? String(key.dropFirst(root.count)) : ""
            let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.first == "job", parts.count == 2 {
                jobs.append(parts[1])
            } else if parts.first == "log", parts.count == 2 {
                logs.append(parts[1])
            } else if parts.first == "object", parts.count == 2 {
                objects += try await Self.members(redis, key).map { (parts[1], $0) }
            } else if name == "expiring" {
                expiring = try await Self.members(redis, key)
            } else if name == "unknown" {
                parked = try await Self.members(redis, key).count
            } else if JobState(rawValue: name) == nil {
                if let id = parts.last, parts.count == 2, JobNames.isName(id) { others[key] = id }
                if try await redis.send(RedisCommand("PTTL", [RedisArgument(key)])).int == -1 { lasting.insert(key) }
            }
        }
        let hashes = await redis.send(jobs.map { RedisCommand("HGETALL", [RedisArgument(root + "job:" + $0)]) })
        for (id, reply) in zip(jobs, hashes) {
            let items = try reply.get().array?.map { $0.string ?? "" } ?? []
            var fields: [String: String] = [:]
            for index in stride(from: 0, to: items.count - 1, by: 2) { fields[items[index]] = items[index + 1] }
            self.hashes[id] = fields
        }
        let lines = await redis.send(
            logs.map { RedisCommand("LRANGE", [RedisArgument(root + "log:" + $0), "0", "-1"]) }
        )
        for (id, reply) in zip(logs, lines) {
            self.logs[id] = try reply.get().array?.reduce(0) { $0 + ($1.bytes?.count ?? 0) } ?? 0
        }
    }

    private static func members(_ redis: RedisClient, _ key: String) async throws -> [String] {
        var all: [String] = []
        while true {
            let range: [RedisArgument] = [RedisArgument(all.count), RedisArgument(all.count + 9999)]
            let page = try await redis.send(RedisCommand("ZRANGE", [RedisArgument(key)] + range))
            let members = page.array?.compactMap(\.string) ?? []
            all += members
            if members.count < 10_000 { return all }
        }
    }
}
