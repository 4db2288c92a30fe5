internal import Foundation
internal import Martlet
internal import MartletTesting
internal import MartletWorker
internal import Synchronization

/// A job that does nothing, with about 100 bytes of payload.
struct NoOp: Job {
    static let jobType = "bench.noop"
    let number: Int
    var padding = String(repeating: "x", count: 70)
}

/// Jobs enqueued in bulk, then drained by one worker: how fast, each once, and in how much memory.
struct DrainScenario {
    let jobs: Int
    let concurrency: Int

    func run() async throws {
        try await withRedisServer { server in
            let client = try JobClient(redis: server.url)
            let drafts = try (0..<jobs).map { try NewJob(NoOp(number: $0)) }
            let enqueueing = try await ContinuousClock().measure {
                _ = try await client.enqueue(drafts)
            }
            print("enqueue, bulk: \(rate(enqueueing)) jobs/s")

            let runs = Mutex([UInt8](repeating: 0, count: jobs))
            let done = Atomic(0)
            var handlers = JobHandlers()
            handlers.add(NoOp.self) { job, _ in
                runs.withLock { $0[job.number] += 1 }
                done.add(1, ordering: .relaxed)
            }
            let worker = try Worker(client, handlers: handlers, configuration: .init(concurrency: concurrency))
            var memory: [Int] = []
            let draining = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await worker.run() }
                    var next = 1
                    while try await client.inspector.counts(queue: "default")[.successful] != jobs {
                        if done.load(ordering: .relaxed) >= next * jobs / 10 {
                            memory.append(try residentMemory())
                            next += 1
                        }
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            let twice = runs.withLock { $0.count { $0 != 1 } }
            print("drain, one process: \(rate(draining)) jobs/s, \(twice) of \(jobs) not run exactly once")
            print("memory while draining: \(memory.map { "\($0)" }.joined(separator: " ")) MiB")
            await client.close()
        }
    }

    private func rate(_ duration: Duration) -> Int {
        Int(Double(jobs) / (duration / .seconds(1)))
    }
}
