import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Jobs that the claiming worker has no handler for.
    @Suite struct UnknownTypeTests {
        @Test func `an unknown type is set behind the others with the reason, and still waits`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("strange", type: "sing", JobOptions(priority: 100))
                try await queue.enqueue("known", JobOptions(priority: -100))
                let claim = try await queue.claim(5)
                #expect(claim.jobs.map(\.id.local) == ["known"])
                #expect(!claim.more)
                let hash = try await queue.hash(id)
                #expect(hash["state"] == "waiting")
                #expect(hash["reason"] == "unknown type: the worker that looked has no handler for sing")
                #expect(hash["attempt"] == nil)
                #expect(try await queue.members(.waiting) == ["strange"])
            }
        }

        @Test func `an unknown type is looked at once and not with every claim`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("strange", type: "sing")
                #expect(try await queue.claim(5).jobs.isEmpty)
                try await queue.answerDoorbell()
                try await queue.expectUnchanged {
                    let claims = [try await queue.claim(5), try await queue.claim(5, worker: "bob")]
                    #expect(claims.flatMap(\.jobs).isEmpty)
                }
            }
        }

        @Test func `a worker that finds an unknown type rings for another that may know it`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("strange", type: "sing")
                try await queue.answerDoorbell()
                #expect(try await queue.claim(5).jobs.isEmpty)
                #expect(try await queue.rings() == 1)
            }
        }

        @Test func `a worker that knows the type finds the job in its place`() async throws {
            try await withQueue { queue in
                for (id, type) in [("a", "sing"), ("b", "greet"), ("c", "sing.loud"), ("d", "sing")] {
                    try await queue.enqueue(id, type: type)
                    try await queue.clock.advance(by: .milliseconds(1))
                }
                #expect(try await queue.claim(9, types: ["none"]).jobs.isEmpty)
                #expect(try await queue.members(.waiting) == ["a", "b", "c", "d"])
                let claim = try await queue.claim(9, worker: "bob", types: ["sing", "greet"])
                #expect(claim.jobs.map(\.id.local) == ["a", "b", "d"])
                #expect(try await queue.hash(queue.id("a"))["reason"] == nil)
                #expect(try await queue.hash(queue.id("c"))["reason"] != nil)
            }
        }

        @Test func `more parked jobs than one call brings back are brought back by the next ones, at once`()
            async throws
        {
            try await withQueue { queue in
                for _ in 0..<130 { try await queue.enqueue(nil, type: "sing") }
                #expect(try await queue.claim(1000).jobs.isEmpty)
                let first = try await queue.claim(1000, types: ["sing"])
                #expect(first.jobs.count == 100)
                #expect(first.more)
                let second = try await queue.claim(1000, types: ["sing"])
                #expect(second.jobs.count == 30)
                #expect(!second.more)
            }
        }

        @Test func `one call brings back no more, however many types the worker knows`() async throws {
            try await withQueue { queue in
                let types = ["sing", "hum", "whistle"]
                for type in types {
                    for _ in 0..<60 { try await queue.enqueue(nil, type: type) }
                }
                #expect(try await queue.claim(1000).jobs.isEmpty)
                for count in [100, 80, 0] {
                    let claim = try await queue.claim(1000, types: types)
                    #expect(claim.jobs.count == count)
                    #expect(claim.more == (count == 100))
                }
            }
        }

        @Test func `a parked job that is cancelled leaves nothing of the parking`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("strange", type: "sing")
                _ = try await queue.claim(5)
                #expect(try await queue.operating.cancel(id) == .cancelled)
                #expect(try await queue.hash(id)["reason"] == nil)
                #expect(try await queue.send("EXISTS", queue.root + ":unknown").int == 0)
                try await queue.operating.restart(id)
                #expect(try await queue.claim(5, types: ["sing"]).jobs.map(\.id) == [id])
            }
        }
    }
}
