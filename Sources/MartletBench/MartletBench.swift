internal import ArgumentParser
internal import Foundation

/// Measures Martlet on a Redis of its own and prints what it saw. Behind `ops/bench`.
@main
struct MartletBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures enqueueing, draining and latency on a private redis-server."
    )

    @Option(help: "No-op jobs to enqueue in bulk and drain.")
    var jobs = 100_000
    @Option(help: "Jobs that the worker runs at the same time.")
    var concurrency = 100
    @Option(help: "Jobs sent one by one to an idle worker.")
    var samples = 300

    func run() async throws {
        try await DrainScenario(jobs: jobs, concurrency: concurrency).run()
        try await LatencyScenario(samples: samples).run()
    }
}

/// The durations of one scenario, to be read as quantiles.
struct Sample {
    private var values: [Double] = []

    mutating func add(_ duration: Duration) {
        values.append(Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15)
    }

    /// `p50 0.41 ms, p99 1.20 ms, max 2.00 ms`.
    var text: String {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> String {
            guard !sorted.isEmpty else { return "-" }
            return String(format: "%.2f ms", sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
        }
        return "p50 \(quantile(0.5)), p99 \(quantile(0.99)), max \(quantile(1))"
    }
}

/// This process's memory in MiB, as the kernel counts it.
func residentMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
}
