/// What workers cost that have nothing to do.
struct IdleScenario: Scenario {
    static let name = "idle"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        async let one = measure(1, bench)
        async let many = measure(bench.size(100, quick: 10), bench)
        return try await one + many
    }

    private func measure(_ count: Int, _ bench: Bench) async throws -> [Measurement] {
        try await BenchServer.with { server in
            // Some work first: what is left behind by it may cost too.
            try await server.fill(10_000) { NoOp($0) }
            return try await WorkerProcess.with(count, concurrency: 10, on: server) { workers in
                try await workers.go(server)
                try await server.wait(by: workers)
                // Until what the jobs left to do is done.
                try await Task.sleep(for: .seconds(15))
                let before = try await (server.usage(), workers.usage())
                let seconds = bench.size(60, quick: 20)
                try await Task.sleep(for: .seconds(seconds))
                let spent = try await server.usage() - before.0
                let worker = try workers.usage()
                let share = Double(seconds * count)
                let name = "idle, \(count) worker\(count == 1 ? "" : "s"), each"
                return [
                    Measurement("\(name): commands", spent.commands / share, "/s"),
                    Measurement("\(name): CPU", (worker.seconds - before.1.seconds) * 100 / share, "%"),
                    Measurement("\(name): CPU of Redis", spent.seconds * 100 / share, "%"),
                    Measurement("\(name): memory", worker.peakMiB, "MiB"),
                ]
            }
        }
    }
}
