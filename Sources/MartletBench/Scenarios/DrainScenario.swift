/// How fast waiting jobs are run, beside the bare loop with the same scripts; with their history kept and without, with
/// one, two and four processes.
struct DrainScenario: Scenario {
    static let name = "drain"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = 100_000
        func run(_ name: String, _ drain: Drain) async throws -> Measurement {
            try await BenchServer.with { try await drain.run(name, on: $0) }
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
        let jobs = 100_000
        let memory = try await BenchServer.with { try await Drain(jobs: jobs).run("", on: $0) }
        let bare = try await BenchServer.with(appendonly: "everysec") {
            try await Drain(jobs: jobs, kind: .bare).run("drain, everysec, bare loop", on: $0)
        }
        let disk = try await BenchServer.with(appendonly: "everysec") {
            try await Drain(jobs: jobs).run("drain, everysec, 1 process", on: $0)
        }
        return [
            bare, disk.of(bare.value),
            Measurement("drain, everysec, share of appendonly no", disk.value / memory.value, "×"),
        ]
    }
}
