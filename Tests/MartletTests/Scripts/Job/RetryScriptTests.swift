import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct RetryScriptTests {
        @Test func `an attempt that failed is followed by another when the wait is over`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let now = try await queue.clock.advance(by: .seconds(1)).milliseconds
                #expect(try await queue.retry(job) == .done(.scheduled))
                let hash = try await queue.hash(job.id)
                #expect((hash["state"], hash["error"], hash["attempt"]) == ("scheduled", "no route", "1"))
                #expect(try await queue.score(job.id, in: .scheduled) == now + 15_000)
                #expect(try await queue.members(.running) == [])

                try await queue.clock.advance(by: .milliseconds(14_999))
                #expect(try await queue.claim(1).jobs.isEmpty)
                try await queue.clock.advance(by: .milliseconds(1))
                let next = try await queue.claimOne()
                #expect(next.attempt == 2)
                #expect(next.token > job.token)
            }
        }

        @Test func `a new earliest retry rings`() async throws {
            try await withQueue { queue in
                let first = try await queue.running()
                let second = try await queue.running()
                try await queue.answerDoorbell()
                #expect(try await queue.retry(first) == .done(.scheduled))
                #expect(try await queue.rings() == 1)
                try await queue.answerDoorbell()
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.retry(second) == .done(.scheduled))
                #expect(try await queue.rings() == 0)
            }
        }

        @Test func `retried twice is retried once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.retry(job) == .done(.scheduled))
                try await queue.clock.advance(by: .seconds(1))
                try await queue.expectUnchanged(.already) {
                    try await queue.retry(job)
                }
            }
        }

        @Test func `retried twice is retried once, also when it was due by then`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.retry(job) == .done(.scheduled))
                try await queue.clock.advance(by: .seconds(16))
                #expect(try await queue.claim(0).more)
                try await queue.expectUnchanged(.already) {
                    try await queue.retry(job)
                }
            }
        }

        @Test(arguments: [SelfReport.warning, .error])
        func `a job that reported on itself is not retried: it ends in error`(report: SelfReport) async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.retry(job, report: report) == .done(.error))
                #expect(try await queue.hash(job.id)["error"] == "no route")
                try await queue.expectUnchanged(.already) {
                    try await queue.retry(job, report: report)
                }
            }
        }

        @Test func `a job whose cancel was asked for is cancelled`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.operating.cancel(job.id)
                #expect(try await queue.retry(job, report: .error) == .done(.cancelled))
                try await queue.expectUnchanged(.already) {
                    try await queue.retry(job, report: .error)
                }
            }
        }

        @Test func `a retry that ends the job keeps nothing when nothing is to be kept`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .zero, object: "o"))
                #expect(try await queue.retry(job, report: .error) == .done(.error))
                try await queue.expectNoJob()
                #expect(try await queue.retry(job, report: .error) == .stale)
            }
        }

        @Test func `a stale lease and a job that is gone are refused`() async throws {
            try await withQueue { queue in
                try await queue.expectStale(try await queue.stale())
                let reply = try await queue.run(.retry, ["none", "1", "1000", "", "x"])
                #expect(reply.map(\.string) == ["gone"])
            }
        }

        @Test func `no wait means due at once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.retry(job, after: .zero, error: "") == .done(.scheduled))
                #expect(try await queue.claimOne().attempt == 2)
            }
        }
    }
}
