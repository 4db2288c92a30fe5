internal import MartletScripts
internal import RedisClient

// What a worker says of itself, and what it hears. The keys of workers share no hash tag with a queue's.
extension JobStore {
    /// `lua/heartbeat`: notes that a worker lives, by Redis's clock.
    /// - Returns: its time in milliseconds.
    @discardableResult
    package func heartbeat(worker: String, forgottenAfter silence: Duration) async throws(JobError) -> Int64 {
        let reply = try await run(
            .heartbeat,
            on: keys.workers,
            [RedisArgument(worker), RedisArgument(silence.milliseconds)]
        )
        guard reply.word == "ok", let now = reply.rest.first?.int else { throw reply.malformed() }
        return Int64(now)
    }

    /// The heartbeat, and beside it the worker's hash (`fields`, of Redis's time in milliseconds) and the names of its queues: where operators look. Everything of
    /// it expires or is forgotten `silence` after the last time.
    package func announce(
        _ worker: String,
        fields: (_ now: Int64) -> [(String, String)],
        queues: [String],
        forgottenAfter silence: Duration
    ) async throws(JobError) {
        let fields = fields(try await heartbeat(worker: worker, forgottenAfter: silence))
        let hash = RedisArgument(keys.worker(worker))
        try await send([
            RedisCommand("HSET", [hash] + fields.flatMap { [RedisArgument($0), RedisArgument($1)] }),
            RedisCommand("PEXPIRE", [hash, RedisArgument(silence.milliseconds)]),
            RedisCommand("SADD", [RedisArgument(keys.queues)] + queues.map { RedisArgument($0) }),
        ])
    }

    /// Takes a worker that stops off the list.
    package func withdraw(_ worker: String) async throws(JobError) {
        try await send([
            RedisCommand("ZREM", [RedisArgument(keys.workers), RedisArgument(worker)]),
            RedisCommand("UNLINK", [RedisArgument(keys.worker(worker)), RedisArgument(keys.orders(worker))]),
        ])
    }

    /// Rings the doorbells of queues: one token each, however often.
    package func ring(_ queues: [String]) async throws(JobError) {
        try await send(
            queues.flatMap { queue in
                let bell = RedisArgument(keys.wake(queue))
                return [RedisCommand("RPUSH", [bell, "1"]), RedisCommand("LTRIM", [bell, 0, 0])]
            }
        )
    }
}
