internal import Foundation
internal import Martlet
internal import ProcessSupervision
internal import RedisClient

/// One call at a time, and one job at a time to an idle worker, as a program of its own sees them.
///
/// Producer and worker are processes of their own, Redis listens on TCP, and this process sleeps. All of it is measured
/// on Redis's own defaults and then with the settings of ops/redis.conf. The ceilings are PINGs, and the script with
/// arguments that are ready, on the same client.
struct LoneScenario: Scenario {
    static let name = "lone"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        var figures: [Measurement] = []
        for settings in BenchSettings.allCases {
            figures += try await BenchServer.with(settings, tcp: true) { server in
                try await (calls(bench, server) + starts(bench, server)).map { $0.on(settings) }
            }
        }
        return figures
    }

    private func calls(_ bench: Bench, _ server: BenchServer) async throws -> [Measurement] {
        let count = bench.size(20_000, quick: 5000)
        func measured(_ kind: CallerCommand.Kind, _ name: String) async throws -> Measurement {
            try await CallerProcess.measure(name, kind, count, on: server)
        }
        let pings = try await measured(.pings, "lone caller, PING")
        let scripts = try await measured(.scripts, "lone caller, script")
        let jobs = try await measured(.jobs, "lone caller, enqueue")
        let main = try await measured(.main, "lone caller, enqueue, main actor")
        return [pings, scripts] + [jobs, main].map { $0.of(scripts.value) }
    }

    private func starts(_ bench: Bench, _ server: BenchServer) async throws -> [Measurement] {
        let samples = bench.size(3000, quick: 500)
        return try await WorkerProcess.with(1, .probes, on: server) { workers in
            try await workers.go(server)
            // Its start is not measured.
            _ = try await ProbeRun.waits(of: 50, by: workers, on: server)
            let before = try (workers.usage(), ProcessUsage.read(server.server.pid))
            _ = try await CallerProcess.run(.probes, samples, on: server)
            try await server.wait(by: workers)
            let after = try (workers.usage(), ProcessUsage.read(server.server.pid))
            let waits = try await ProbeRun.reported(by: workers, on: server)
            guard waits.count == samples else { throw BenchError("\(waits.count) of \(samples) probes were run") }
            var median = Measurement("lone job, enqueue to start, p50", waits.median, "ms")
            median.workerMicros = (after.0.seconds - before.0.seconds) * 1e6 / Double(samples)
            median.switches = (after.0.switches - before.0.switches) / Double(samples)
            median.redisSwitches = (after.1.switches - before.1.switches) / Double(samples)
            return [
                median,
                Measurement("lone job, enqueue to start, p99", waits.quantile(0.99), "ms"),
                Measurement("lone job, enqueue to start, p99.9", waits.quantile(0.999), "ms"),
            ]
        }
    }
}
