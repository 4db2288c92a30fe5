internal import Foundation
internal import Martlet
internal import MartletArchive
internal import MartletWorker

/// Finished jobs, piled up in Redis, move into an archive while a worker drains others: how fast, how fast those are
/// drained meanwhile, and what is left in Redis's memory.
struct ArchiveScenario: Scenario {
    static let name = "archive"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let jobs = bench.size(1_000_000, quick: 40_000)
        let draining = jobs / 4
        return try await withFolder { folder in
            try await BenchServer.with { server in
                // A first one, so that all that stays is there before.
                try await run(server, 1) { try await server.wait() }
                let before = try await server.usage()
                try await run(server, jobs) { try await server.wait() }
                let piled = (try await server.usage() - before).bytes

                let path = folder + "/history.db"
                let archiver = try Archiver(
                    server.client,
                    path: path,
                    configuration: ArchiverConfiguration(after: .zero, interval: .milliseconds(100))
                )
                let start = ContinuousClock.now
                var drained = start
                try await run(server, draining) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await archiver.run() }
                        try await server.wait()
                        drained = .now
                        try await server.wait(in: [.successful])
                        group.cancelAll()
                    }
                }
                let moved = ContinuousClock.now
                let all = jobs + draining + 1
                let history = try History(path: path)
                let archived = try await history.counts()[.successful] ?? 0
                history.close()
                guard archived == all else { throw BenchError("\(archived) of \(all) jobs are in the archive") }
                let left = (try await server.usage() - before).bytes
                let size = ArchiveSize.bytes(path)
                return [
                    Measurement(
                        "archive, moved while a worker drains",
                        Double(all) / (moved - start).seconds,
                        "jobs/s"
                    ),
                    Measurement("archive, drained meanwhile", Double(draining) / (drained - start).seconds, "jobs/s"),
                    Measurement("archive, Redis before moving", piled / 1e6, "MB"),
                    Measurement("archive, Redis after moving", left / 1e6, "MB"),
                    Measurement("archive, file for a job", Double(size) / Double(all), "bytes"),
                ]
            }
        }
    }

    /// Runs a worker on so many jobs, and `body` meanwhile.
    private func run(_ server: BenchServer, _ jobs: Int, _ body: () async throws -> Void) async throws {
        try await server.fill(jobs) { NoOp($0) }
        let client = try server.client()
        let worker = try Worker(
            client,
            handlers: .bench,
            configuration: WorkerConfiguration(
                concurrency: 100,
                shutdownGrace: .zero,
                retention: Retention(maxJobs: 10_000_000, maxUnarchived: 10_000_000)
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
        await client.close()
    }
}

/// A million log lines in an archive: how long until the first page of a search is there, the file opened for each as
/// the command line does it.
struct SearchScenario: Scenario {
    static let name = "search"

    func measure(_ bench: Bench) async throws -> [Measurement] {
        let lines = bench.size(1_000_000, quick: 100_000)
        return try await withFolder { folder in
            let path = folder + "/history.db"
            try await Archive.fill(path: path, jobs: lines / 100, linesEach: 100)
            var measured: [Measurement] = []
            var filter = JobFilter()
            filter.since = Date(timeIntervalSince1970: 1_700_000_000)
            for (name, text) in [
                ("frequent", "timeout"), ("rare", "rare17"), ("prefix", "host3*"), ("absent", "nowhere"),
            ] {
                let latencies = Latencies()
                for _ in 0..<50 {
                    let start = ContinuousClock.now
                    let history = try History(path: path)
                    _ = try await history.search(text, filter)
                    history.close()
                    latencies.add(.now - start)
                }
                measured += latencies.figures("search \(lines) lines, \(name) word")
            }
            return measured
        }
    }
}

private enum ArchiveSize {
    static func bytes(_ path: String) -> Int {
        (try? URL(filePath: path).resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
    }
}

private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // at worst it stays in the temporary folder
    return try await body(folder)
}
