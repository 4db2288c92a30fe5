internal import Martlet

/// How fast jobs are taken in from a process of its own: by 50 callers at once, and in bulk.
///
/// Each in turn with its ceiling, in short slices: the same script with arguments that are ready. One caller alone is
/// measured by ``LoneScenario``.
struct EnqueueScenario: Scenario {
    static let name = "enqueue"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases {
            figures += try await BenchServer.with(settings, tcp: true) { server in
                try await measure(bench, server).map { $0.on(settings) }
            }
        }
        return figures
    }

    private func measure(_ bench: Bench, _ server: BenchServer) async throws -> [Measurement] {
        let callers = bench.size(40_000, quick: 10_000)
        let bulk = bench.size(120_000, quick: 60_000)
        var slices: [[Measurement]] = []
        for _ in 0..<bench.size(5, quick: 2) {
            let script = try await CallerProcess.measure(
                "script, 50 callers",
                .scripts,
                callers,
                callers: 50,
                on: server
            )
            let jobs = try await CallerProcess.measure("enqueue, 50 callers", .jobs, callers, callers: 50, on: server)
            let scripts = try await CallerProcess.measure("script, bulk", .scripts, bulk, batch: 500, on: server)
            let many = try await CallerProcess.measure("enqueue, bulk", .jobs, bulk, batch: 10_000, on: server)
            let name = "enqueue, bulk, encoded before"
            let encoded = try await CallerProcess.measure(name, .encoded, bulk, batch: 10_000, on: server)
            slices.append([
                script, jobs.of(script.value), scripts, many.of(scripts.value), encoded.of(scripts.value),
            ])
        }
        return slices[0].indices.map { figure in Measurement(medianOf: slices.map { $0[figure] }) }
    }
}
