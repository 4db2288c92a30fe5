internal import Foundation
internal import Martlet
internal import ProcessSupervision
internal import RedisClient

/// A child process that runs ``CallerCommand`` and ends by itself.
enum CallerProcess {
    /// Makes calls to the server until `count` jobs are enqueued, `batch` with a call and `callers` calls at once, and
    /// returns what they took.
    ///
    /// - Throws: ``BenchError`` when the process failed.
    static func run(
        _ kind: CallerCommand.Kind,
        _ count: Int,
        callers: Int = 1,
        batch: Int = 1,
        on server: BenchServer
    ) async throws -> CallerCommand.Spent {
        let process = try OwnProcess([
            "caller", "--redis", server.server.url, "--kind", kind.rawValue, "--count", "\(count)",
            "--callers", "\(callers)", "--batch", "\(batch)",
        ])
        let ending = await process.end()
        let reply = try await server.store.redis.send(RedisCommand("LPOP", [RedisArgument(CallerCommand.spent)]))
        guard let text = reply.string else { throw BenchError("a calling process ended without a word: \(ending)") }
        return try JSONDecoder().decode(CallerCommand.Spent.self, from: Data(text.utf8))
    }

    /// Has a process make calls, and returns how many jobs a second that made, with what they cost.
    static func measure(
        _ name: String,
        _ kind: CallerCommand.Kind,
        _ count: Int,
        callers: Int = 1,
        batch: Int = 1,
        on server: BenchServer
    ) async throws -> Measurement {
        let before = try await (server.usage(), ProcessUsage.read(server.server.pid))
        let spent = try await run(kind, count, callers: callers, batch: batch, on: server)
        let redis = try await (server.usage() - before.0, ProcessUsage.read(server.server.pid))
        let unit = kind == .pings || kind == .scripts ? "/s" : "jobs/s"
        var measured = Measurement(name, Double(count) / spent.seconds, unit).spending(redis.0, on: count)
        measured.workerMicros = spent.cpuSeconds * 1e6 / Double(count)
        measured.switches = spent.switches / Double(count)
        measured.redisSwitches = (redis.1.switches - before.1.switches) / Double(count)
        // So that the server does not grow.
        _ = try await server.store.redis.send(RedisCommand("FLUSHALL"))
        return measured
    }
}
