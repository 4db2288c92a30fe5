import FoundationEssentials
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct PauseScriptTests {
        @Test func `a paused queue gives nothing new, and is as before when it is resumed`() async throws {
            try await withQueue { queue in
                let ids = [try await queue.enqueue("a"), try await queue.enqueue("b", JobOptions(priority: 1))]
                let running = try await queue.claimOne()
                #expect(running.id == ids[1])
                #expect(try await pause(queue) == nil)
                #expect(try await queue.claim(10).jobs.isEmpty)
                #expect(try await queue.finish(running) == .done(.successful))
                #expect(try await queue.operating.resume(queue: queue.name, by: Operator("ada")))
                #expect(try await queue.claim(10).jobs.map(\.id) == [ids[0]])
            }
        }

        @Test func `what falls due and what loses its lease waits with the others`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("due", start: .after(.seconds(5)))
                let lost = try await queue.running()
                _ = try await pause(queue)
                let claim = try await queue.claim()
                #expect(claim.next == .seconds(5))
                try await queue.clock.advance(by: .seconds(31))
                #expect(try await queue.claim(10).jobs.isEmpty)
                #expect(Set(try await queue.members(.waiting)) == ["due", lost.id.local])
                #expect(try await queue.claim(10).next == nil)
            }
        }

        @Test func `the jobs of a claim whose reply was lost come all the same`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue()
                _ = try await queue.claim(number: 7)
                _ = try await pause(queue)
                #expect(try await queue.claim(number: 7, again: true).jobs.map(\.id) == [id])
            }
        }

        @Test func `no claim of a paused queue rings, whatever waits; resuming does, once`() async throws {
            try await withQueue { queue in
                for id in ["a", "b"] { try await queue.enqueue(id) }
                try await queue.enqueue("odd", type: "odd")
                try await queue.enqueue("late", start: .after(.seconds(5)))
                _ = try await pause(queue)
                try await queue.answerDoorbell()
                for limit in [0, 1, 10] {
                    #expect(try await queue.claim(limit, isIdle: true).more == false)
                }
                #expect(try await queue.rings() == 0)
                for _ in 0..<2 { _ = try await queue.operating.resume(queue: queue.name, by: Operator("ada")) }
                #expect(try await queue.rings() == 1)
            }
        }

        @Test func `the first pause stays, with who and when`() async throws {
            try await withQueue { queue in
                let now = try await queue.clock.now().milliseconds
                #expect(try await pause(queue) == nil)
                try await queue.clock.advance(by: .seconds(9))
                #expect(try await pause(queue, by: "bob") == QueuePause(since: Date(milliseconds: now), by: "ada"))
                #expect(
                    try await queue.inspector.queue(queue.name)?.pause
                        == QueuePause(since: Date(milliseconds: now), by: "ada")
                )
                #expect(try await queue.operating.resume(queue: queue.name, by: Operator("bob")))
                #expect(try await queue.operating.resume(queue: queue.name, by: Operator("bob")) == false)
                #expect(try await queue.inspector.queue(queue.name) == nil)
                let reply = try await queue.run(.pause, ["stop", "ada"])
                #expect(reply.map(\.string) == ["invalid", "word", "stop", "pause or resume"])
            }
        }

        private func pause(_ queue: TestQueue, by name: String = "ada") async throws -> QueuePause? {
            try await queue.operating.pause(queue: queue.name, by: Operator(name))
        }
    }
}
