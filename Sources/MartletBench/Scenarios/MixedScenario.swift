internal import Martlet
internal import MartletWorker

/// The load of an identity provider: small crons, storms of events and mail, a sync whose parent waits for its pages, a
/// job that takes an hour; and a mail with a code in it, for which somebody waits.
struct MixedScenario: Scenario {
    static let name = "mixed"
    /// The queues of the worker.
    static let queues = QueueOrder.weighted(["mail": 3, "default": 1])

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let seconds = bench.size(20, quick: 8)
        return try await BenchServer.with { server in
            try await WorkerProcess.with(1, .mixed, concurrency: 50, on: server) { workers in
                try await workers.go(server)
                let before = try await server.usage()
                try await server.client.enqueue(Slow(milliseconds: 3_600_000))
                let end = ContinuousClock.now + .seconds(seconds)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await crons(server, until: end) }
                    group.addTask { try await storms(server, until: end) }
                    group.addTask { try await syncs(server, until: end) }
                    group.addTask { try await letters(server, until: end) }
                    try await group.waitForAll()
                }
                let done = try await server.count([.successful])
                let spent = try await server.usage() - before
                let mails = try await ProbeRun.reported(by: workers, on: server)
                return mails.figures("mixed load, wait of an urgent mail") + [
                    Measurement("mixed load, jobs", Double(done) / Double(seconds), "/s").spending(spent, on: done)
                ]
            }
        }
    }

    private func crons(_ server: BenchServer, until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            try await server.client.enqueue(Slow(milliseconds: 5))
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A login storm: events, the rules they match, the mail these send.
    private func storms(_ server: BenchServer, until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            try await server.client.enqueue((0..<2000).map { _ in Slow(milliseconds: 1) })
            let mail = JobOptions(queue: "mail")
            try await server.client.enqueue((0..<500).map { _ in Slow(milliseconds: 10) }, options: mail)
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Pages that take 200 ms, of two phases, each waited for.
    private func syncs(_ server: BenchServer, until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            let pages = try await server.client.enqueue((0..<30).map { _ in Slow(milliseconds: 200) })
            for page in pages {
                while try await server.client.inspector.state(page.id) != .successful, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    private func letters(_ server: BenchServer, until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            try await server.client.enqueue(Probe(), options: JobOptions(queue: "mail", priority: 10))
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
