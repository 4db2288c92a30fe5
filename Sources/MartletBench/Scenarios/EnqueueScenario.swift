internal import Martlet
internal import RedisClient

/// How fast jobs are taken in: one at a time, by 50 callers at once, in bulk.
///
/// Each in turn with its ceiling, in short slices: bare PINGs on the same client; the same script with arguments that
/// are ready.
struct EnqueueScenario: Scenario {
    static let name = "enqueue"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let slices = bench.size(20, quick: 6)
        return try await BenchServer.with { server in
            let single = try await measure("enqueue, one at a time", "PING, one at a time", slices, server) { isBare in
                for number in 0..<1000 {
                    if isBare {
                        _ = try await server.store.redis.send(RedisCommand("PING"))
                    } else {
                        try await server.client.enqueue(Self.jobs[number])
                    }
                }
                return 1000
            }
            let callers = try await measure("enqueue, 50 callers", "script, 50 callers", slices, server) { isBare in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            for number in 0..<200 {
                                if isBare {
                                    try await BareEnqueue.send(1, to: server.store)
                                } else {
                                    try await server.client.enqueue(Self.jobs[number])
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                return 10_000
            }
            let bulk = try await measure("enqueue, bulk", "script, bulk", slices, server) { isBare in
                let count = 10_000
                if isBare {
                    for _ in 0..<count / 500 { try await BareEnqueue.send(500, to: server.store) }
                } else {
                    try await server.client.enqueue(Self.jobs)
                }
                return count
            }
            let encoded = try (0..<slices).map { _ in try Self.jobs.map { try NewJob($0) } }
            var used = 0
            let preencoded = try await measure("enqueue, bulk, encoded before", "", slices, server) { isBare in
                if isBare {
                    for _ in 0..<20 { try await BareEnqueue.send(500, to: server.store) }
                } else {
                    try await server.client.enqueue(encoded[used])
                    used += 1
                }
                return 10_000
            }
            return single + callers + bulk + preencoded.suffix(1)
        }
    }

    private static let jobs = (0..<10_000).map { NoOp($0) }

    /// Both in turn, `slices` times.
    private func measure(
        _ name: String,
        _ bareName: String,
        _ slices: Int,
        _ server: BenchServer,
        _ slice: (_ isBare: Bool) async throws -> Int
    ) async throws -> [Measurement] {
        var times = [Duration.zero, .zero]
        var usages = [ServerUsage(), ServerUsage()]
        var count = 0
        for _ in 0..<slices {
            for isBare in [true, false] {
                let before = try await server.usage()
                let start = ContinuousClock.now
                let done = try await slice(isBare)
                times[isBare ? 0 : 1] += .now - start
                let spent = try await server.usage() - before
                usages[isBare ? 0 : 1] = usages[isBare ? 0 : 1] + spent
                if !isBare { count += done }
            }
            try await forget(server)
        }
        let bare = Measurement(bareName, Double(count) / times[0].seconds, "/s").spending(usages[0], on: count)
        let real = Measurement(name, Double(count) / times[1].seconds, "jobs/s").spending(usages[1], on: count)
        return [bare, real.of(bare.value)]
    }

    /// So that the server does not grow with the number of slices.
    private func forget(_ server: BenchServer) async throws {
        _ = try await server.store.redis.send(RedisCommand("FLUSHALL"))
    }
}
