internal import Martlet
internal import RedisClient

/// Probes, one at a time, from a process of their own to workers of the kind `probes`.
enum ProbeRun {
    /// Sends so many and returns how long each waited for its start, in milliseconds.
    ///
    /// - Throws: ``BenchError`` when a worker ends, or not all of them were run.
    static func waits(of samples: Int, by workers: [WorkerProcess], on server: BenchServer) async throws -> [Double] {
        _ = try await CallerProcess.run(.probes, samples, on: server)
        try await server.wait(by: workers)
        let waits = try await reported(by: workers, on: server)
        guard waits.count == samples else { throw BenchError("\(waits.count) of \(samples) probes were run") }
        return waits
    }

    /// The waits of the probes that one worker has run since the last report, in milliseconds.
    static func reported(by workers: [WorkerProcess], on server: BenchServer) async throws -> [Double] {
        try await server.client.enqueue(Report())
        try await server.wait(by: workers)
        let list = RedisArgument(Report.waits)
        let reply = try await server.store.redis.send(RedisCommand("LRANGE", [list, 0, -1]))
        _ = try await server.store.redis.send(RedisCommand("DEL", [list]))
        return (reply.array ?? []).compactMap { $0.string.flatMap(Double.init) }
    }
}

/// Has a worker of the kind `probes` write the waits of its probes into Redis.
struct Report: Job {
    static let jobType = "bench.report"
    /// The list of waits, in milliseconds.
    static let waits = "bench:waits"
}
