import Martlet
import RedisClient

extension TestQueue {
    /// Puts jobs into a state with these scores; they never were in another one.
    func plant(_ count: Int, _ state: JobState, in queue: String? = nil, score: (Int) -> Int) async throws {
        let queue = queue ?? name
        let set = RedisArgument(store.keys.state(state, of: queue))
        let commands = try (0..<count).flatMap { number in
            let id = try JobID(queue: queue, local: "\(state.rawValue)-\(number)")
            let score = RedisArgument(score(number))
            let fields: [RedisArgument] = [
                "type", "greet", "payload", "{}", "state", RedisArgument(state.rawValue), "enqueued_at", "1",
                "finished_at", score,
            ]
            return [
                RedisCommand("HSET", [RedisArgument(store.keys.job(id))] + fields),
                RedisCommand("ZADD", [set, score, RedisArgument(id.local)]),
            ]
        }
        for result in await store.redis.send(commands) { _ = try result.get() }
    }

    /// Removes everything.
    func clear() async throws {
        let keys =
            try await store.redis.send(RedisCommand("KEYS", [RedisArgument("\(store.keys.prefix):*")])).array ?? []
        guard !keys.isEmpty else { return }
        _ = try await store.redis.send(RedisCommand("UNLINK", keys.compactMap { $0.string.map { RedisArgument($0) } }))
    }
}
