internal import Martlet
internal import MartletTesting
internal import MartletWorker

/// One job at a time to an idle worker: from before the enqueue to the handler's first line, and how late a scheduled
/// one starts by Redis's clock.
struct LatencyScenario {
    let samples: Int

    func run() async throws {
        try await withRedisServer { server in
            let client = try JobClient(redis: server.url)
            let producer = try JobClient(redis: server.url)
            let (starts, started) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
            var handlers = JobHandlers()
            handlers.add(NoOp.self) { _, _ in started.yield(.now) }
            let worker = try Worker(client, handlers: handlers)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                var iterator = starts.makeAsyncIterator()
                var idle = Sample()
                for number in 0..<samples {
                    try await Task.sleep(for: .milliseconds(5))
                    let before = ContinuousClock.now
                    try await producer.enqueue(NoOp(number: number))
                    guard let start = await iterator.next() else { break }
                    idle.add(start - before)
                }
                print("enqueue to start, idle: \(idle.text)")

                var late = Sample()
                var early = 0
                for number in 0..<samples / 10 {
                    let delay = Duration.milliseconds(.random(in: 20...200))
                    let job = try await producer.enqueue(NoOp(number: number), start: .after(delay))
                    _ = await iterator.next()
                    guard let record = try await producer.inspector.job(job.id), let due = record.dueAt,
                        let start = record.startedAt
                    else { continue }
                    if start < due { early += 1 }
                    late.add(.milliseconds(start - due))
                }
                print("scheduled, lateness of the start: \(late.text), \(early) early")
                group.cancelAll()
                try await group.waitForAll()
            }
            await client.close()
            await producer.close()
        }
    }
}
