internal import Foundation
internal import Martlet

/// What a job takes of Redis's memory, key and places in sets included: with a payload of 100 bytes and of other sizes,
/// with the settings of ops/redis.conf and with Redis's own defaults.
struct MemoryScenario: Scenario {
    static let name = "memory"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases {
            // Just below a power of two: hash tables are full, and have been so for long enough.
            figures += try await measure(125_000, "", settings) { NoOp($0) }
            for (bytes, jobs) in [(20, 62_000), (500, 62_000), (5000, 15_500)] {
                figures += try await measure(jobs, ", \(bytes) bytes", settings) { _ in Sized(bytes: bytes) }
            }
        }
        return figures
    }

    private func measure(
        _ jobs: Int,
        _ size: String,
        _ settings: BenchSettings,
        with job: @escaping @Sendable (Int) -> some Job
    ) async throws -> [Measurement] {
        let scheduled = try await BenchServer.with(settings) { server in
            let before = try await server.usage()
            try await server.fill(jobs, with: job, start: .after(.seconds(3600)))
            return (try await server.usage() - before).bytes
        }
        let (waiting, finished) = try await BenchServer.with(settings) { server in
            let before = try await server.usage()
            try await server.fill(jobs, with: job)
            let waiting = (try await server.usage() - before).bytes
            // Only so many are kept.
            try await WorkerProcess.with(1, on: server) { workers in
                try await workers.go(server)
                try await server.wait(by: workers)
            }
            let kept = try await server.count([.successful])
            return (waiting, (try await server.usage() - before).bytes / Double(kept))
        }
        return [
            Measurement("memory of a waiting job\(size)", waiting / Double(jobs), "B"),
            Measurement("memory of a scheduled job\(size)", scheduled / Double(jobs), "B"),
            Measurement("memory of a finished job\(size)", finished, "B"),
        ].map { $0.on(settings) }
    }
}
