import Foundation
import Martlet
import MartletOutbox
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// A spool and its relay while Redis is down for a whole minute.
@Suite(.timeLimit(.minutes(15)))
struct OutboxOutageTests {
    private static let outage = 60
    private static let queues = ["default", "mail", "reports"]

    @Test func `ten thousand jobs enqueued while Redis is down for a minute run once, in order per queue`() async throws
    {
        try await withStage { stage in
            let path = stage.folder + "/spool.db"
            let relay = try stage.start("outbox", "relay", path)
            try await relay.said("relaying")
            stage.server.kill()
            let down = ContinuousClock.now
            let client = try JobClient(spool: path, redis: stage.server.url, logger: stage.jobs.logger)
            var enqueued = 0
            for second in 1...Self.outage {
                let jobs = try (enqueued..<10_000 * second / Self.outage).map { number in
                    let queue = Self.queues[number % Self.queues.count]
                    return try NewJob(type: "greet", json: "\(number)", options: JobOptions(queue: queue))
                }
                _ = try await client.enqueue(jobs)
                enqueued += jobs.count
                try await eventually("second \(second) of the outage is over") {
                    ContinuousClock.now - down >= .seconds(second)
                }
            }
            #expect(relay.isRunning)
            #expect(try await Spool.open(path).status().pending == 10_000)
            try await stage.server.restart()
            var runs: [String: [Int]] = [:]
            try await eventually("all have run, and nothing waits any more", within: .seconds(300)) {
                do {
                    for queue in Self.queues {
                        let claimed = try await stage.claim(500, queue: queue)
                        runs[queue, default: []] += claimed.compactMap {
                            Int(String(decoding: $0.payload, as: UTF8.self))
                        }
                        try await stage.finish(claimed, queue: queue)
                    }
                } catch let error as JobError where error.redis?.isOutage == true {
                    return false
                }
                guard runs.values.reduce(0, { $0 + $1.count }) >= 10_000 else { return false }
                return try await Spool.open(path).status().pending == 0
            }
            for (place, queue) in Self.queues.enumerated() {
                let expected = Array(stride(from: place, to: 10_000, by: Self.queues.count))
                #expect(runs[queue] == expected, "\(queue)")
                let counts = try await stage.inspector.counts(queue: queue)
                #expect(counts[.successful] == expected.count && counts.values.reduce(0, +) == expected.count)
            }
            relay.signal(SIGTERM)
            #expect(try await relay.ended().status == 0)
            await client.close()
        }
    }
}
