internal import MartletScripts
internal import RedisClient

// What a worker says of itself, and what it hears. The keys of workers share no hash tag with a queue's.
extension JobStore {
    /// `lua/heartbeat`: notes that a worker lives, by Redis's clock.
    /// - Parameter silence: after which other workers are forgotten; nil to forget none this time.
    /// - Returns: its time in milliseconds.
    @discardableResult
    package func heartbeat(worker: String, forgottenAfter silence: Duration?) async throws(JobError) -> Int64 {
        let reply = try await run(
            .heartbeat,
            on: keys.workers,
            [RedisArgument(worker), silence.map { RedisArgument($0.milliseconds) } ?? ""]
        )
        guard reply.word == "ok", let now = reply.rest.first?.int else { throw reply.malformed() }
        return Int64(now)
    }

    /// The heartbeat, and beside it the worker's hash (`fields`, of Redis's time in milliseconds): where operators
    /// look. It expires `silence` after the last time.
    /// - Parameter isThorough: whether it also notes the names of the worker's queues, and forgets workers that have
    ///   been silent for so long, which nobody sees any more without their hash. Now and then is enough.
    /// - Returns: Redis's time in milliseconds.
    @discardableResult
    package func announce(
        _ worker: String,
        fields: (_ now: Int64) -> [(String, String)],
        queues: [String],
        forgottenAfter silence: Duration,
        isThorough: Bool = true
    ) async throws(JobError) -> Int64 {
        let now = try await heartbeat(worker: worker, forgottenAfter: isThorough ? silence : nil)
        let hash = RedisArgument(keys.worker(worker))
        var commands = [
            RedisCommand("HSET", [hash] + fields(now).flatMap { [RedisArgument($0), RedisArgument($1)] }),
            RedisCommand("PEXPIRE", [hash, RedisArgument(silence.milliseconds)]),
        ]
        if isThorough {
            commands.append(queueListing(queues))
        }
        try await send(commands)
        return now
    }

    /// The queues that no worker serves which was heard of lately, sorted.
    package func unservedQueues() async throws(JobError) -> [String] {
        let lists = try await send([
            RedisCommand("SMEMBERS", [RedisArgument(keys.queues)]),
            RedisCommand("ZRANGE", [RedisArgument(keys.workers), 0, -1]),
        ])
        let workers = lists[1].array?.compactMap(\.string) ?? []
        var served: Set<String> = []
        for queues in try await send(workers.map { RedisCommand("HGET", [RedisArgument(keys.worker($0)), "queues"]) }) {
            served.formUnion((queues.string ?? "").split(separator: " ").map(String.init))
        }
        return (lists[0].array ?? []).compactMap(\.string).filter { Name.isValid($0) && !served.contains($0) }.sorted()
    }

    /// Takes a worker that stops off the list.
    package func withdraw(_ worker: String) async throws(JobError) {
        try await send([
            RedisCommand("ZREM", [RedisArgument(keys.workers), RedisArgument(worker)]),
            RedisCommand("UNLINK", [RedisArgument(keys.worker(worker)), RedisArgument(keys.orders(worker))]),
        ])
    }

    /// What tells a worker something, in words that it knows; to be sent in one write. It is a hint: nothing may hang
    /// on its coming through, and after a minute it is void.
    func orderCommands(_ words: String, to worker: String) -> [RedisCommand] {
        let orders = RedisArgument(keys.orders(worker))
        return [RedisCommand("RPUSH", [orders, RedisArgument(words)]), RedisCommand("PEXPIRE", [orders, 60_000])]
    }

    /// Rings the doorbells of queues: one token each, however often.
    package func ring(_ queues: [String]) async throws(JobError) {
        try await ring(bells: queues.map(keys.wake))
    }

    /// Rings the leader, as the scripts do that change schedules.
    package func ringLeader() async throws(JobError) {
        try await ring(bells: [keys.news])
    }

    private func ring(bells: [String]) async throws(JobError) {
        try await send(
            bells.map { RedisArgument($0) }.flatMap { bell in
                [RedisCommand("RPUSH", [bell, "1"]), RedisCommand("LTRIM", [bell, 0, 0])]
            }
        )
    }
}
