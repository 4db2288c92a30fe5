internal import Foundation
internal import Martlet

/// What a job of 100 bytes takes of Redis's memory, key and places in sets included: with the settings of
/// ops/redis.conf and with Redis's own defaults.
struct MemoryScenario: Scenario {
    static let name = "memory"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        // Just below a power of two: hash tables are full, and have been so for long enough.
        let jobs = 125_000
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases {
            figures += try await measure(jobs, settings).map { $0.on(settings) }
        }
        return figures
    }

    private func measure(_ jobs: Int, _ settings: BenchSettings) async throws -> [Measurement] {
        let scheduled = try await BenchServer.with(settings) { server in
            let before = try await server.usage()
            try await server.fill(jobs, with: { NoOp($0) }, start: .after(.seconds(3600)))
            return (try await server.usage() - before).bytes
        }
        let (waiting, finished) = try await BenchServer.with(settings) { server in
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
            Measurement("memory of a waiting job", waiting / Double(jobs), "B"),
            Measurement("memory of a scheduled job", scheduled / Double(jobs), "B"),
            Measurement("memory of a finished job", finished, "B"),
        ]
    }
}
