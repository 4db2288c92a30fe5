import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

extension RedisTests {
    /// Times in which Redis was away or its clock leapt, so that nobody could claim or renew a lease.
    @Suite struct LullTests {
        @Test func `after a lull the workers that live get twelve seconds to renew`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.clock.advance(by: .seconds(3600))
                #expect(try await queue.claim(worker: "bob", lull: true).jobs.isEmpty)
                try await queue.clock.advance(by: .seconds(5))
                #expect(try await queue.extend(job) == [.ok])
                #expect(try await queue.finish(job) == .done(.successful))
                #expect(try await queue.hash(job.id)["crashes"] == nil)
            }
        }

        @Test func `a job that nobody renews in that time is rescued`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.clock.advance(by: .seconds(3600))
                for round in 0..<3 {
                    let claim = try await queue.claim(worker: "bob", lull: true)
                    #expect(claim.jobs.isEmpty)
                    // There is nothing to claim before that time.
                    #expect(claim.next == .seconds(12 - 5 * round))
                    try await queue.clock.advance(by: .seconds(5))
                }
                let rescued = try await queue.claim(worker: "bob", lull: true).jobs
                #expect(rescued.map(\.id) == [job.id])
            }
        }

        @Test func `while claims come there is no lull, and a lost lease is taken back at once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                for _ in 0..<5 {
                    try await queue.clock.advance(by: .seconds(5))
                    #expect(try await queue.claim(worker: "bob", lull: true).jobs.isEmpty)
                }
                try await queue.clock.advance(by: .seconds(5))
                #expect(try await queue.claim(worker: "bob", lull: true).jobs.map(\.id) == [job.id])
            }
        }

        @Test func `a clock that leapt and was set back keeps no lost lease for longer than a lease`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("idle", start: .after(.seconds(7 * 24 * 3600)))
                _ = try await queue.claim(worker: "bob")
                try await queue.clock.advance(by: .seconds(7200))
                _ = try await queue.claim(worker: "bob", lull: true)
                try await queue.clock.advance(by: .seconds(-7200))
                let id = try await queue.enqueue("a")
                #expect(try await queue.claim(lull: true).jobs.map(\.id) == [id])
                for _ in 0..<5 {
                    try await queue.clock.advance(by: .seconds(5))
                    #expect(try await queue.claim(worker: "bob", lull: true).jobs.isEmpty)
                }
                try await queue.clock.advance(by: .seconds(5))
                #expect(try await queue.claim(worker: "bob", lull: true).jobs.map(\.id) == [id])
            }
        }

        @Test func `while Redis is younger than it takes to renew, lost leases are left alone`() async throws {
            try await withRedisServer { server in
                let client = try JobClient(redis: server.url)
                let job = try NewJob(type: "greet", json: "{}", id: "a", options: JobOptions(queue: "mail"))
                _ = try await client.enqueue([job])
                var number = 0
                func claim(_ worker: String, lease: Duration) async throws -> [ClaimedJob] {
                    number += 1
                    let claim = try await client.store.claim(
                        queue: "mail",
                        worker: worker,
                        limit: 1,
                        lease: lease,
                        number: number,
                        again: false,
                        crashLimit: 3,
                        isIdle: false,
                        types: ["greet"]
                    )
                    return claim.jobs
                }
                #expect(try await claim("ada", lease: .milliseconds(1)).count == 1)
                try await eventually("the lease is lost", within: .seconds(60)) {
                    try await !claim("bob", lease: .seconds(3)).isEmpty
                }
                let info = try await client.store.redis.send(RedisCommand("INFO", ["server"])).string ?? ""
                let age = try #require(info.firstMatch(of: /uptime_in_seconds:(\d+)/)).1
                #expect(try #require(Int(age)) >= 3)
                await client.close()
            }
        }
    }
}
