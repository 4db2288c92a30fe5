internal import Foundation
internal import Martlet

/// What a job of 100 bytes takes of Redis's memory, key and places in sets included: with the settings of
/// ops/redis.conf and with Redis's own defaults.
struct MemoryScenario: Scenario {
    static let name = "memory"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        // Just below a power of two: hash tables are full, and have been so for long enough.
        let jobs = 125_000
        return try await measure(jobs, recommended: true, "") + measure(jobs, recommended: false, ", Redis's defaults")
    }

    private func measure(_ jobs: Int, recommended: Bool, _ suffix: String) async throws -> [Measurement] {
        let scheduled = try await BenchServer.with(recommended: recommended) { server in
            let before = try await server.usage()
            try await server.fill(jobs, with: { NoOp($0) }, start: .after(.seconds(3600)))
            return (try await server.usage() - before).bytes
        }
        let (waiting, finished) = try await BenchServer.with(recommended: recommended) { server in
            let before = try await server.usage()
            try await server.fill(jobs) { NoOp($0) }
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
            Measurement("memory of a waiting job\(suffix)", waiting / Double(jobs), "B"),
            Measurement("memory of a scheduled job\(suffix)", scheduled / Double(jobs), "B"),
            Measurement("memory of a finished job\(suffix)", finished, "B"),
        ]
    }
}
