import Martlet
import RedisClient
import Testing

extension TestQueue {
    func send(_ name: String, _ arguments: String...) async throws -> RedisValue {
        try await store.redis.send(RedisCommand(name, arguments.map { RedisArgument($0) }))
    }

    func send(_ words: [String]) async throws -> RedisValue {
        try await store.redis.send(RedisCommand(words[0], words.dropFirst().map { RedisArgument($0) }))
    }

    /// A job's hash; empty when there is no such job.
    func hash(_ id: JobID) async throws -> [String: String] {
        try await send("HGETALL", store.keys.job(id)).pairs
    }

    /// The ids in a state set, by score.
    func members(_ state: JobState) async throws -> [String] {
        let reply = try await send("ZRANGE", store.keys.state(state, of: name), "0", "-1")
        return try #require(reply.array).compactMap(\.string)
    }

    func score(_ id: JobID, in state: JobState) async throws -> Int64? {
        try await send("ZSCORE", store.keys.state(state, of: name), id.local).string
            .flatMap { Double($0) }.map { Int64($0) }
    }

    func logLines(_ id: JobID) async throws -> [String] {
        let reply = try await send("LRANGE", store.keys.log(id), "0", "-1")
        return try #require(reply.array).compactMap(\.string)
    }

    /// The number of tokens in the doorbell.
    func rings() async throws -> Int {
        try #require(try await send("LLEN", store.keys.wake(name)).int)
    }

    /// Takes the token, as an idle worker does.
    func answerDoorbell() async throws {
        _ = try await send("DEL", store.keys.wake(name))
    }

    /// The keys under the prefix, each with a digest of what it holds.
    func snapshot() async throws -> [String: String] {
        let script = """
            local digests = {}
            for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
                digests[#digests + 1] = key
                digests[#digests + 1] = redis.sha1hex(redis.call('DUMP', key))
            end
            return digests
            """
        return try await send("EVAL", script, "0", "\(store.keys.prefix):*").pairs
    }

    /// Fails when `call` changes anything in Redis, or answers anything but `expected`.
    func expectUnchanged<Reply: Equatable>(
        _ expected: Reply,
        sourceLocation: SourceLocation = #_sourceLocation,
        isolation: isolated (any Actor)? = #isolation,
        _ call: () async throws -> Reply
    ) async throws {
        try await expectUnchanged(sourceLocation: sourceLocation) {
            let reply = try await call()
            #expect(reply == expected, sourceLocation: sourceLocation)
        }
    }

    /// Fails when `body` changes anything in Redis.
    func expectUnchanged(
        sourceLocation: SourceLocation = #_sourceLocation,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void
    ) async throws {
        let before = try await snapshot()
        try await body()
        let after = try await snapshot()
        // The pulse tells of the claim itself and not of a job.
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] && $0 != "\(root):pulse" }
        #expect(changed.isEmpty, sourceLocation: sourceLocation)
    }
}

extension RedisValue {
    /// The names and values of a flat list, as HGETALL and WITHSCORES answer it.
    var pairs: [String: String] {
        let items = (array ?? []).map { $0.string ?? "" }
        var pairs: [String: String] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            pairs[items[index]] = items[index + 1]
        }
        return pairs
    }
}
