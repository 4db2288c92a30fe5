internal import Foundation
internal import Martlet

/// How long after its time a scheduled job starts: with an idle worker, and, for an urgent one, while a million others
/// of its queue are due too.
struct LatenessScenario: Scenario {
    static let name = "lateness"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let crowd = bench.size(1_000_000, quick: 50_000)
        return try await BenchServer.with { server in
            try await WorkerProcess.with(1, .probes, on: server) { workers in
                try await workers.go(server)
                let few = bench.size(100, quick: 30)
                for _ in 0..<few {
                    try await enqueue(server, after: .milliseconds(.random(in: 20...200)))
                    try await server.wait(in: [.scheduled, .waiting, .running], by: workers)
                }
                let idle = try await ProbeRun.reported(by: workers, on: server)
                let filling = try await seconds(toFill: crowd, server)
                let due = Date(timeIntervalSinceNow: 2 + 1.5 * filling)
                try await server.fill(crowd, with: { NoOp($0) }, start: .at(due))
                let early = due.timeIntervalSinceNow
                guard early > 0 else { throw BenchError("they were due before they were in, by \(-early) s") }
                var urgent: [JobID] = []
                for number in 0..<bench.size(200, quick: 40) {
                    let after = Duration.seconds(early) + .milliseconds(10 + 20 * number)
                    urgent.append(try await enqueue(server, after: after, options: JobOptions(priority: 100)))
                }
                for id in urgent {
                    while try await server.client.inspector.state(id) != .successful {
                        try workers.requireRunning()
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                let behind = try await server.count([.scheduled, .waiting])
                guard behind > 0 || bench.isQuick else { throw BenchError("the crowd was gone too early") }
                let crowded = try await ProbeRun.reported(by: workers, on: server)
                guard idle.count == few, crowded.count == urgent.count else {
                    throw BenchError("\(idle.count) and \(crowded.count) probes were run")
                }
                return idle.figures("lateness of a scheduled job, idle")
                    + crowded.figures("lateness of an urgent one, \(bench.isQuick ? "50,000" : "10⁶") due")
            }
        }
    }

    /// How long it takes to put so many in, from a fiftieth of them.
    private func seconds(toFill count: Int, _ server: BenchServer) async throws -> Double {
        try await 50
            * ContinuousClock().measure {
                try await server.fill(count / 50, with: { NoOp($0) }, start: .after(.seconds(3600)))
            }.seconds
    }

    @discardableResult
    private func enqueue(
        _ server: BenchServer,
        after delay: Duration,
        options: JobOptions = JobOptions()
    ) async throws -> JobID {
        // Whole milliseconds, as Redis keeps them.
        let due = (Probe.now + Int64(delay.milliseconds * 1e6)) / 1_000_000
        let date = Date(timeIntervalSince1970: Double(due) / 1000)
        return try await server.client.enqueue(Probe(at: due * 1_000_000), options: options, start: .at(date)).id
    }
}
