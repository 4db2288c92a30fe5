import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Neither a full fleet nor a short lease looks as if Redis had been away.
    @Suite struct BusyFleetTests {
        @Test(arguments: [1, 3, 10, 30], [true, false])
        func `a dead worker's job runs again within its lease and the longest running job, however busy the others are`(
            seconds: Int,
            isElsewhere: Bool
        ) async throws {
            try await withQueue { queue in
                let lease = Duration.seconds(seconds)
                let workers = ["bob", "cy", "dee"]
                var held: [String: (job: ClaimedJob, until: Int64)] = [:]
                let start = try await queue.clock.now().milliseconds
                for (number, worker) in workers.enumerated() where !isElsewhere {
                    try await queue.enqueue()
                    let job = try #require(
                        try await queue.claim(worker: worker, lease: lease, lull: true).jobs.first
                    )
                    held[worker] = (job, start + Int64(20_000 - number * 5_000))
                }
                let lost = try await queue.enqueue("lost", JobOptions(priority: 90))
                _ = try #require(try await queue.claim(worker: "ada", lease: lease, lull: true).jobs.first)
                for _ in 0..<20 { try await queue.enqueue() }
                // Each worker is full with jobs of 20 seconds, of this queue or of another one.
                var now = start
                while try await queue.hash(lost)["worker"] == "ada", now < start + 200_000 {
                    now = try await queue.clock.advance(by: lease / 3).milliseconds
                    for (number, worker) in workers.enumerated() {
                        if let (job, until) = held[worker], now < until {
                            _ = try await queue.extend(job, lease: lease)
                            continue
                        }
                        if isElsewhere, (now - start) / 20_000 == (now - start - Int64(seconds) * 334) / 20_000 {
                            _ = try await extend(queue, lease)
                            continue
                        }
                        if let (job, _) = held[worker] { _ = try await queue.finish(job) }
                        let jobs = try await queue.claim(worker: worker, lease: lease, lull: true).jobs
                        if let job = jobs.first { held[worker] = (job, now + 20_000 + Int64(number)) }
                    }
                }
                #expect(now - start <= Int64(seconds) * 1334 + 20_000)
            }
        }

        @Test(arguments: [1, 3, 10, 30])
        func `an outage costs no living worker an attempt, however short the lease`(seconds: Int) async throws {
            try await withQueue { queue in
                let lease = Duration.seconds(seconds)
                for _ in 0..<4 { try await queue.enqueue() }
                let jobs = try await queue.claim(4, lease: lease, lull: true).jobs
                try await queue.clock.advance(by: lease / 3)
                for job in jobs { #expect(try await queue.extend(job, lease: lease) == [.ok]) }
                try await queue.clock.advance(by: lease * 3 / 2)
                // Another worker comes first, and goes on claiming for as long as a living worker may take to be back.
                for _ in 0..<2 {
                    #expect(try await queue.claim(4, worker: "bob", lease: lease, lull: true).jobs.isEmpty)
                    try await queue.clock.advance(by: min(lease / 3, .seconds(1)))
                }
                for job in jobs {
                    #expect(try await queue.extend(job, lease: lease) == [.ok])
                    #expect(try await queue.hash(job.id)["crashes"] == nil)
                }
            }
        }

        @Test func `a lease that ran out before the silence is not left alone once more`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.enqueue("b")
                try await queue.clock.advance(by: .seconds(35))
                #expect(try await queue.claim(0, worker: "bob", lull: true).jobs.isEmpty)
                try await queue.clock.advance(by: .seconds(40))
                let jobs = try await queue.claim(5, worker: "bob", lull: true).jobs
                #expect(jobs.map(\.id).contains(job.id))
            }
        }

        @Test func `a clock that was set back by a day keeps no dead worker's job`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.clock.advance(by: .seconds(-86_400))
                for _ in 0..<6 {
                    #expect(try await queue.claim(worker: "bob", lull: true).jobs.isEmpty)
                    try await queue.clock.advance(by: .seconds(5))
                }
                #expect(try await queue.claim(worker: "bob", lull: true).jobs.map(\.id) == [job.id])
            }
        }

        @Test func `a clock that was set back leaves no note of who empties itself for suspects`() async throws {
            try await withQueue { queue in
                for name in ["a", "b"] { try await queue.enqueue(name) }
                try await queue.bury(try await queue.claim(2).jobs.map(\.id), alone: false)
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim(worker: "bob").seclusion == .wanted)
                let alone = "\(queue.root):alone"
                #expect(try await queue.send("GET", alone).string == "bob")
                // The note expires by the clock of the server, which would be a day later.
                try await queue.clock.advance(by: .seconds(-86_400))
                _ = try await queue.claim(worker: "cy", lull: true)
                #expect(try await queue.send("EXISTS", alone).int == 0)
            }
        }

        /// Extends no lease, as a worker does that runs jobs of other queues only.
        private func extend(_ queue: TestQueue, _ lease: Duration) async throws -> [RedisValue] {
            try await queue.run(.extend, [RedisArgument(lease.milliseconds)])
        }
    }
}
