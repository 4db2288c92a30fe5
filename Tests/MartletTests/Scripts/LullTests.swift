import Martlet
import MartletTesting
import Testing

extension RedisTests {
    /// Redis was away, or its clock leapt: nobody could claim, and nobody could renew a lease.
    @Suite struct LullTests {
        @Test func `after a lull the workers that live get one lease's time to renew`() async throws {
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
                for _ in 0..<6 {
                    #expect(try await queue.claim(worker: "bob", lull: true).jobs.isEmpty)
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
    }
}
