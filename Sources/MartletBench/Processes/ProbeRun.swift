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

    /// The waits of the probes that a worker of the kind `probes` has run since the last report, in milliseconds.
    ///
    /// - Throws: ``BenchError`` when the worker ends.
    static func reported(by workers: [WorkerProcess], on server: BenchServer) async throws -> [Double] {
        let report = try await server.client.enqueue(Report(), options: JobOptions(priority: 100))
        while try await server.client.inspector.state(report.id) != .successful {
            try workers.requireRunning()
            try await Task.sleep(for: .milliseconds(3))
        }
        let list = RedisArgument(Report.waits)
        let reply = try await server.store.redis.send(RedisCommand("LRANGE", [list, 0, -1]))
        _ = try await server.store.redis.send(RedisCommand("DEL", [list]))
        return (reply.array ?? []).compactMap { $0.string.flatMap(Double.init) }
    }
}

extension [Double] {
    /// Median and 99th percentile of waits in milliseconds.
    func figures(_ name: String) -> [Measurement] {
        [Measurement("\(name), p50", median, "ms"), Measurement("\(name), p99", quantile(0.99), "ms")]
    }
}

/// Has a worker of the kind `probes` write the waits of its probes into Redis.
struct Report: Job {
    static let jobType = "bench.report"
    /// The list of waits, in milliseconds.
    static let waits = "bench:waits"
}
