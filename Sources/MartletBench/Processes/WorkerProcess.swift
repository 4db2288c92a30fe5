internal import Foundation
internal import Martlet
internal import MartletTesting
internal import MartletWorker
internal import RedisClient
internal import Synchronization
internal import ProcessSupervision

/// A child process that runs ``WorkerCommand``.
final class WorkerProcess: Sendable {
    private let process: OwnProcess

    private init(_ arguments: [String]) throws { process = try OwnProcess(["worker"] + arguments) }

    func usage() throws -> ProcessUsage { try ProcessUsage.read(process.pid) }

    var hasEnded: Bool { process.hasEnded }

    /// Runs `body` with processes that are connected and wait for ``go(_:)``, and ends them.
    static func with<Result>(
        _ count: Int,
        _ kind: WorkerCommand.Kind = .worker,
        concurrency: Int = 100,
        on server: BenchServer,
        _ body: ([WorkerProcess]) async throws -> Result
    ) async throws -> Result {
        let processes = try (0..<count).map { _ in
            try WorkerProcess([
                "--redis", server.server.url, "--kind", kind.rawValue, "--concurrency", "\(concurrency)",
            ])
        }
        let redis = server.store.redis
        let ready = RedisArgument(WorkerCommand.ready)
        while try await redis.send(RedisCommand("LLEN", [ready])).int ?? 0 < count {
            try processes.requireRunning()
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = try await redis.send(RedisCommand("DEL", [ready]))
        let result: Result
        do {
            result = try await body(processes)
        } catch {
            for process in processes { try await process.process.stop() }
            throw error
        }
        for process in processes { try await process.process.stop() }
        return result
    }
}

extension [WorkerProcess] {
    /// Throws when one of them has ended: whoever waits for what it does would wait for ever.
    func requireRunning() throws {
        guard !contains(where: \.hasEnded) else { throw BenchError("a worker process ended") }
    }

    /// Has all of them begin.
    func go(_ server: BenchServer) async throws {
        let words = map { _ in RedisArgument("1") }
        _ = try await server.store.redis.send(RedisCommand("RPUSH", [RedisArgument(WorkerCommand.go)] + words))
    }

    /// The CPU time and context switches of all, and the most memory that one has.
    func usage() throws -> ProcessUsage {
        try map { try $0.usage() }.reduce(into: ProcessUsage()) { sum, usage in
            sum.seconds += usage.seconds
            sum.switches += usage.switches
            sum.residentMiB = Swift.max(sum.residentMiB, usage.residentMiB)
            sum.peakMiB = Swift.max(sum.peakMiB, usage.peakMiB)
        }
    }
}
