internal import Foundation
internal import Martlet
internal import MartletArchive
internal import MartletTesting
internal import MartletWorker
internal import RedisClient

/// Finished jobs, piled up in Redis, move into an archive while a worker drains others: how fast, how fast those are
/// drained meanwhile, and what is left in Redis.
struct ArchiveScenario {
    let jobs: Int
    let concurrency: Int

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // at worst it stays in the temporary folder
        try await withRedisServer { server in
            let client = try JobClient(redis: server.url)
            var handlers = JobHandlers()
            handlers.add(NoOp.self) { _, _ in }
            // A first one, so that the baseline has all that stays.
            try await drain(1, client, handlers)
            let baseline = try await memory(client)
            try await drain(jobs, client, handlers)
            let piled = try await memory(client)

            let draining = jobs / 4
            _ = try await client.enqueue((0..<draining).map { try NewJob(NoOp(number: $0)) })
            let path = folder + "/history.db"
            let archiver = try Archiver(
                client,
                path: path,
                configuration: ArchiverConfiguration(after: .zero, interval: .milliseconds(100))
            )
            let start = ContinuousClock.now
            var moved = start
            var drained: ContinuousClock.Instant?
            try await withThrowingTaskGroup(of: Void.self) { group in
                let worker = try Worker(client, handlers: handlers, configuration: configuration)
                group.addTask { try await archiver.run() }
                group.addTask { try await worker.run() }
                while true {
                    let counts = try await client.inspector.counts(queue: "default")
                    if drained == nil, counts[.waiting] == 0, counts[.running] == 0 { drained = .now }
                    if drained != nil, counts[.successful] == 0 { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
                moved = .now
                group.cancelAll()
                try await group.waitForAll()
            }
            let all = jobs + draining + 1
            print("archive, while a worker drains: \(rate(all, moved - start)) jobs/s moved")
            print("drain meanwhile: \(rate(draining, (drained ?? moved) - start)) jobs/s")
            print("Redis: \(baseline) MiB before, \(piled) MiB piled up, \(try await memory(client)) MiB after")
            let history = try History(path: path)
            print("archived: \(try await history.counts(HistoryFilter())[.successful] ?? 0) of \(all)")
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            print("the file: \(size >> 20) MiB, \(size / all) bytes a job")
            history.close()
            await client.close()
        }
    }

    private var configuration: WorkerConfiguration {
        WorkerConfiguration(
            concurrency: concurrency,
            retention: Retention(maxJobs: 10_000_000, maxUnarchived: 10_000_000)
        )
    }

    private func drain(_ count: Int, _ client: JobClient, _ handlers: JobHandlers) async throws {
        let before = try await client.inspector.counts(queue: "default")[.successful] ?? 0
        _ = try await client.enqueue((0..<count).map { try NewJob(NoOp(number: $0)) })
        let worker = try Worker(client, handlers: handlers, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            while try await client.inspector.counts(queue: "default")[.successful] != before + count {
                try await Task.sleep(for: .milliseconds(50))
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// What Redis uses, in MiB.
    private func memory(_ client: JobClient) async throws -> Int {
        let text = try await client.store.redis.send(RedisCommand("INFO", ["memory"])).string ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return (line?.split(separator: ":").last.flatMap { Int($0) } ?? 0) >> 20
    }

    private func rate(_ count: Int, _ duration: Duration) -> Int {
        Int(Double(count) / (duration / .seconds(1)))
    }
}

/// A million log lines in an archive: how long until the first page of a search is there.
struct SearchScenario {
    let lines: Int

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // at worst it stays in the temporary folder
        let path = folder + "/history.db"
        try await Archive.fill(path: path, jobs: lines / 100, linesEach: 100)
        let words = ["timeout", "rare17", "connection refused", "host3*", "absent"]
        for word in words {
            var sample = Sample()
            var hits = 0
            for _ in 0..<20 {
                // As the command line does it: opened for each search.
                let start = ContinuousClock.now
                let history = try History(path: path)
                hits = try await history.search(word, HistoryFilter(since: 1_700_000_000_000, until: nil)).count
                history.close()
                sample.add(.now - start)
            }
            print("search \(word), \(lines) lines: \(hits) hits, \(sample.text)")
        }
    }
}
