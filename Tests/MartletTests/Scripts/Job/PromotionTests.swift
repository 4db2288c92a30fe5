import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// scheduled → waiting, as part of a claim.
    @Suite struct PromotionTests {
        @Test func `a scheduled job runs when it is due and not a millisecond before`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a", start: .after(.seconds(60)))
                try await queue.clock.advance(by: .milliseconds(59_999))
                let early = try await queue.claim(5)
                #expect(early.jobs.isEmpty)
                #expect(early.next == .milliseconds(1))
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.claim(5).jobs.map(\.id.local) == ["a"])
            }
        }

        @Test func `due jobs go by due time, and by priority before that`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("c", start: .after(.seconds(3)))
                try await queue.enqueue("a", start: .after(.seconds(1)))
                try await queue.enqueue("b", start: .after(.seconds(2)))
                try await queue.enqueue("first", JobOptions(priority: 1), start: .after(.seconds(4)))
                try await queue.clock.advance(by: .milliseconds(2500))
                try await queue.enqueue("d")
                try await queue.clock.advance(by: .seconds(10))
                #expect(try await queue.claim(9).jobs.map(\.id.local) == ["first", "a", "b", "d", "c"])
            }
        }

        @Test func `more than one call may promote are promoted by the next ones, at once`() async throws {
            try await withQueue { queue in
                for _ in 0..<130 { try await queue.enqueue(nil, start: .after(.seconds(1))) }
                try await queue.clock.advance(by: .seconds(2))
                let first = try await queue.claim(1000)
                #expect(first.jobs.count == 100)
                #expect(first.next == .zero)
                #expect(try await queue.claim(1000).jobs.count == 30)
            }
        }

        @Test func `an urgent job that falls due behind many does not wait for them`() async throws {
            try await withQueue { queue in
                for _ in 0..<150 { try await queue.enqueue(nil, start: .after(.seconds(1))) }
                try await queue.enqueue("urgent", JobOptions(priority: 1), start: .after(.seconds(2)))
                try await queue.clock.advance(by: .seconds(3))
                #expect(try await queue.claim(1).jobs.map(\.id.local) == ["urgent"])
            }
        }
    }
}
