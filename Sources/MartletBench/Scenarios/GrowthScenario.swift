internal import Martlet

/// What a million waiting jobs change, and a million jobs run change in the worker.
struct GrowthScenario: Scenario {
    static let name = "growth"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        guard !bench.isQuick else { return [] }
        let few = try await fewWaiting()
        return try await BenchServer.with { server in
            let many = try await Drain(jobs: 1_000_000, rest: 900_000).run("drain at 10⁶ waiting", on: server)
            // The rest: whether the worker's memory stays.
            let (early, late) = try await WorkerProcess.with(1, on: server) { workers in
                try await workers.go(server)
                try await server.wait(until: 850_000, by: workers)
                let early = try workers.usage().residentMiB
                try await server.wait(by: workers)
                return (early, try workers.usage().residentMiB)
            }
            return [
                few, many, Measurement("drain at 10⁶, share of that at 10⁴", many.value / few.value, "×"),
                Measurement("worker memory after 50,000 jobs", early, "MiB"),
                Measurement("worker memory after 900,000 jobs", late, "MiB"),
            ]
        }
    }

    /// A drain of 10,000 is short: the median of five.
    private func fewWaiting() async throws -> Measurement {
        var rounds: [Measurement] = []
        for _ in 0..<5 {
            try await BenchServer.with {
                rounds.append(try await Drain(jobs: 10_000).run("drain at 10⁴ waiting", on: $0))
            }
        }
        return Measurement(medianOf: rounds)
    }
}
