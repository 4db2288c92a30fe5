internal import Foundation
internal import Martlet
internal import MartletWorker
internal import Synchronization

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

/// From before the enqueue to the handler's first line: one job at a time to an idle worker, and at half of the load
/// that the worker can bear.
struct LatencyScenario: Scenario {
    static let name = "latency"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let samples = bench.size(1000, quick: 300)
        return try await BenchServer.with { server in
            let idle = Latencies()
            let loaded = Latencies()
            let isLoaded = Atomic(false)
            var handlers = JobHandlers.bench
            handlers.add(Probe.self) { probe, _ in
                (isLoaded.load(ordering: .relaxed) ? loaded : idle).add(probe.wait)
            }
            return try await InProcessWorker.with(server, handlers, concurrency: 100) {
                let producer = try server.client()
                for number in 1...samples {
                    try await Task.sleep(for: .milliseconds(5))
                    try await producer.enqueue(Probe())
                    while idle.count < number { try await Task.sleep(for: .milliseconds(1)) }
                }
                isLoaded.store(true, ordering: .relaxed)
                let capacity = try await capacity(server)
                try await load(server, producer, rate: capacity / 2, samples: samples)
                try await server.wait()
                await producer.close()
                return idle.figures("enqueue to start, idle") + loaded.figures("enqueue to start, half load")
            }
        }
    }

    /// Jobs that this worker, in this process, drains a second.
    private func capacity(_ server: BenchServer) async throws -> Double {
        let time = try await ContinuousClock().measure {
            try await server.fill(40_000) { NoOp($0) }
            try await server.wait()
        }
        return 40_000 / time.seconds
    }

    /// No-op jobs at a steady rate, every ten milliseconds, with a probe each.
    private func load(_ server: BenchServer, _ producer: JobClient, rate: Double, samples: Int) async throws {
        let start = ContinuousClock.now
        for number in 0..<samples {
            try await Task.sleep(until: start + .milliseconds(10 * number))
            async let filling = server.client.enqueue((0..<Int(rate / 100)).map { NoOp($0) })
            try await Task.sleep(for: .milliseconds(.random(in: 0...5)))
            try await producer.enqueue(Probe())
            _ = try await filling
        }
    }
}
