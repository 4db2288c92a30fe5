/// How fast waiting jobs are run, beside the bare loop with the same scripts; with their history kept and without, with
/// one, two and four processes.
struct DrainScenario: Scenario {
    static let name = "drain"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases { figures += try await measure(bench, settings) }
        return figures
    }

    private func measure(_ bench: Bench, _ settings: BenchSettings) async throws -> [Measurement] {
        let jobs = bench.size(100_000, quick: 60_000)
        func run(_ name: String, _ drain: Drain) async throws -> Measurement {
            try await BenchServer.with(settings, tcp: true) { try await drain.run(name, on: $0).on(settings) }
        }
        let bare = try await run("drain, bare loop", Drain(jobs: jobs, kind: .bare))
        let one = try await run("drain, 1 process", Drain(jobs: jobs))
        let two = try await run("drain, 2 processes", Drain(jobs: jobs, processes: 2))
        let four = try await run("drain, 4 processes", Drain(jobs: jobs, processes: 4))
        let bareForgetting = try await run(
            "drain, no history, bare loop",
            Drain(jobs: jobs, kind: .bare, isKept: false)
        )
        let forgetting = try await run("drain, no history, 1 process", Drain(jobs: jobs, isKept: false))
        return [bare] + [one, two, four].map { $0.of(bare.value) }
            + [bareForgetting, forgetting.of(bareForgetting.value)]
    }
}

/// The same with an append-only file, synced each second, and by its side without.
struct DurableDrainScenario: Scenario {
    static let name = "everysec"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases { figures += try await measure(bench, settings) }
        return figures
    }

    private func measure(_ bench: Bench, _ settings: BenchSettings) async throws -> [Measurement] {
        let jobs = bench.size(100_000, quick: 60_000)
        func run(_ name: String, _ appendonly: String, _ kind: WorkerCommand.Kind) async throws -> Measurement {
            try await BenchServer.with(settings, appendonly: appendonly, tcp: true) { server in
                try await Drain(jobs: jobs, kind: kind).run(name, on: server).on(settings)
            }
        }
        let memory = try await run("", "no", .worker)
        let bare = try await run("drain, everysec, bare loop", "everysec", .bare)
        let disk = try await run("drain, everysec, 1 process", "everysec", .worker)
        let share = Measurement("drain, everysec, share of appendonly no", disk.value / memory.value, "×")
        return [bare, disk.of(bare.value), share.on(settings)]
    }
}
