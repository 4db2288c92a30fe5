internal import Foundation
internal import Martlet

/// A job that says when it started.
struct Probe: Job {
    static let jobType = "bench.probe"
    /// When it was enqueued, or is due: nanoseconds since 1970.
    let time: Int64

    init(at time: Int64 = Self.now) { self.time = time }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// How long it has waited.
    var wait: Duration { .nanoseconds(Self.now - time) }
}

/// From before the enqueue to the handler's first line, at half of the load that the worker can bear.
///
/// A job at a time to an idle worker is measured by ``LoneScenario``.
struct LatencyScenario: Scenario {
    static let name = "latency"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases {
            figures += try await BenchServer.with(settings, tcp: true) { server in
                let samples = bench.size(1000, quick: 300)
                let capacity = try await Drain(jobs: 40_000).run("", on: server).value
                let waits = try await WorkerProcess.with(1, .probes, on: server) { workers in
                    try await workers.go(server)
                    _ = try await ProbeRun.waits(of: 50, by: workers, on: server)
                    _ = try await CallerProcess.run(.load, samples, batch: Int(capacity / 200), on: server)
                    try await server.wait(by: workers)
                    return try await ProbeRun.reported(by: workers, on: server)
                }
                guard waits.count == samples else { throw BenchError("\(waits.count) of \(samples) probes were run") }
                return waits.figures("enqueue to start, half load").map { $0.on(settings) }
            }
        }
        return figures
    }
}
