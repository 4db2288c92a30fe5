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

    @Flag(help: "Only the archive: moving so many jobs, and searching a million log lines.")
    var archive = false

    func run() async throws {
        if archive {
            try await ArchiveScenario(jobs: jobs, concurrency: concurrency).run()
            return try await SearchScenario(lines: 1_000_000).run()
        }
        try await DrainScenario(jobs: jobs, concurrency: concurrency).run()
        try await LatencyScenario(samples: samples).run()
    }
}

/// This process's memory in MiB, as the kernel counts it.
func residentMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
}
