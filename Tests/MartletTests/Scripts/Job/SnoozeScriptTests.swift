import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct SnoozeScriptTests {
        @Test func `a snoozed job comes again later, with its attempt given back`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.answerDoorbell()
                let now = try await queue.clock.now().milliseconds
                #expect(try await queue.working.snooze(job, for: .seconds(5)) == .done(.scheduled))
                let hash = try await queue.hash(job.id)
                #expect((hash["attempt"], hash["due_at"], hash["error"]) == ("0", "\(now + 5000)", nil))
                #expect(try await queue.rings() == 1)
                try await queue.clock.advance(by: .seconds(5))
                let next = try await queue.claimOne()
                #expect(next.attempt == 1)
                #expect(next.token > job.token)
            }
        }

        @Test func `snoozed for ever is snoozed for 100 years`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let now = try await queue.clock.now().milliseconds
                #expect(try await queue.working.snooze(job, for: .seconds(Int64.max)) == .done(.scheduled))
                #expect(try await queue.score(job.id, in: .scheduled) == now + 3_155_760_000_000)
            }
        }

        @Test func `snoozed twice gives one attempt back`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.working.snooze(job, for: .seconds(5))
                try await queue.clock.advance(by: .seconds(1))
                try await queue.expectUnchanged(.already) {
                    try await queue.working.snooze(job, for: .seconds(5))
                }
            }
        }

        @Test func `snoozed twice is snoozed once, also when it was due by then`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.working.snooze(job, for: .seconds(5))
                try await queue.clock.advance(by: .seconds(6))
                #expect(try await queue.claim(0).more)
                try await queue.expectUnchanged(.already) {
                    try await queue.working.snooze(job, for: .seconds(5))
                }
            }
        }

        @Test func `a job whose cancel was asked for is cancelled`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.operating.cancel(job.id)
                #expect(try await queue.working.snooze(job, for: .seconds(5)) == .done(.cancelled))
                try await queue.expectUnchanged(.already) {
                    try await queue.working.snooze(job, for: .seconds(5))
                }
            }
        }

        @Test func `a stale lease and a job that is gone are refused`() async throws {
            try await withQueue { queue in
                try await queue.expectStale(try await queue.stale())
                #expect(try await queue.run(.snooze, ["none", "1", "1000"]).map(\.string) == ["gone"])
            }
        }
    }
}
