internal import Martlet

/// A storm of jobs that fail, each tried three times.
struct RetryScenario: Scenario {
    static let name = "retry"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = bench.size(20_000, quick: 5000)
        return try await BenchServer.with { server in
            try await server.fill(jobs) { _ in Hopeless() }
            return try await WorkerProcess.with(1, on: server) { workers in
                let before = try await (server.usage(), workers.usage())
                let time = try await ContinuousClock().measure {
                    try await workers.go(server)
                    while try await server.count([.error]) < jobs { try await Task.sleep(for: .milliseconds(5)) }
                }
                let worker = try workers.usage()
                var measured = Measurement("retry storm, attempts", Double(3 * jobs) / time.seconds, "/s")
                    .spending(try await server.usage() - before.0, on: 3 * jobs)
                measured.workerMicros = (worker.seconds - before.1.seconds) * 1e6 / Double(3 * jobs)
                measured.peakMiB = worker.peakMiB
                return [measured]
            }
        }
    }
}
