import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct ExtendScriptTests {
        @Test func `a lease runs from now on again, and nothing else changes`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let hash = try await queue.hash(job.id)
                let now = try await queue.clock.advance(by: .seconds(20)).milliseconds
                for _ in 0..<2 {
                    #expect(try await queue.extend(job, lease: .seconds(25)) == [.ok])
                    #expect(try await queue.score(job.id, in: .running) == now + 25_000)
                    #expect(try await queue.hash(job.id) == hash)
                }
            }
        }

        @Test func `a lease that ran out is extended while nobody has taken the job`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.clock.advance(by: .seconds(31))
                #expect(try await queue.extend(job) == [.ok])
                #expect(try await queue.claim(1, worker: "bob").jobs.isEmpty)
            }
        }

        @Test func `each lease of a call has its own answer`() async throws {
            try await withQueue { queue in
                let stale = try await queue.stale()
                let good = try await queue.running()
                let wanted = try await queue.running()
                _ = try await queue.operating.cancel(wanted.id)
                let ended = try await queue.running()
                _ = try await queue.finish(ended)
                let erased = try await queue.running(JobOptions(retention: .zero))
                _ = try await queue.finish(erased)
                #expect(
                    try await queue.extend(stale, good, wanted, ended, erased) == [.stale, .ok, .cancel, .stale, .gone]
                )
            }
        }

        @Test func `a job that waits or is scheduled again has no lease`() async throws {
            try await withQueue { queue in
                let released = try await queue.running()
                _ = try await queue.release(released)
                let retried = try await queue.claimOne()
                _ = try await queue.retry(retried)
                try await queue.expectUnchanged([.stale, .stale]) {
                    try await queue.extend(released, retried)
                }
            }
        }

        @Test func `no leases are no work`() async throws {
            try await withQueue { queue in
                let states = try await queue.extend()
                #expect(states.isEmpty)
            }
        }
    }
}
