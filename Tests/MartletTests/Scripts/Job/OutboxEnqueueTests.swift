import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The script `lua/job/enqueue.lua` for the rows of an outbox.
    @Suite struct OutboxEnqueueTests {
        private func row(_ id: String, _ options: String, of queue: TestQueue) throws -> NewJob {
            NewJob(
                id: try queue.id(id),
                type: "greet",
                payload: Array("{}".utf8),
                stored: JSONObjectText(fieldsOf: options)
            )
        }

        private func send(
            _ sequences: [Int64],
            after: Int64,
            to queue: TestQueue,
            outbox: String = "app"
        ) async throws -> OutboxReply {
            let jobs = try sequences.map { number in
                OutboxedJob(sequence: number, job: try row("row-\(number)", "", of: queue))
            }
            return try await queue.working.enqueue(
                jobs,
                queue: queue.name,
                outbox: outbox,
                after: after,
                payloadLimit: 1000
            )
        }

        @Test func `a queue that was given more than the outbox knows takes nothing, and says what it was given last`()
            async throws
        {
            try await withQueue { queue in
                #expect(try await send([1, 2], after: 0, to: queue) == .taken)
                try await queue.expectUnchanged(.ahead(2, job: "row-2")) {
                    try await send([1, 2, 3], after: 0, to: queue)
                }
                #expect(try await send([3], after: 2, to: queue) == .taken)
                // The numbers of one outbox mean nothing to another.
                #expect(try await send([4], after: 0, to: queue, outbox: "other") == .taken)
                #expect(try await queue.hash(queue.id("row-2"))["sequence"] == nil)
            }
        }

        @Test func `an id that is not that of the number, as an older release leaves it, is not told`() async throws {
            try await withQueue { queue in
                #expect(try await send([1, 2], after: 0, to: queue) == .taken)
                _ = try await queue.send("HSET", queue.store.keys.meta(queue.name), "outbox app", "3")
                #expect(try await send([3], after: 2, to: queue) == .ahead(3, job: nil))
            }
        }

        @Test func `a queue forgets an outbox that has given it nothing for 90 days, and no other`() async throws {
            try await withQueue { queue in
                let meta = queue.store.keys.meta(queue.name)
                func remembered() async throws -> Set<String> {
                    let names = try await queue.send("HKEYS", meta).array?.compactMap(\.string) ?? []
                    return Set(names.filter { $0.hasPrefix("outbox ") })
                }
                #expect(try await send([1, 2], after: 0, to: queue) == .taken)
                #expect(try await send([1], after: 0, to: queue, outbox: "other") == .taken)
                // A field that is no number is forgotten too.
                _ = try await queue.send("HSET", meta, "outbox odd", "no number")
                let first = try await remembered()
                _ = try await queue.prune()
                try await queue.clock.advance(by: .seconds(89 * 86_400))
                _ = try await queue.prune()
                #expect(try await remembered().isSuperset(of: first))
                #expect(try await send([2], after: 1, to: queue, outbox: "other") == .taken)
                _ = try await queue.prune()
                try await queue.clock.advance(by: .seconds(2 * 86_400))
                _ = try await queue.prune()
                #expect(try await remembered() == ["outbox other", "outbox other job", "outbox other seen"])
                #expect(try await send([3], after: 2, to: queue, outbox: "other") == .taken)
                #expect(try await send([3], after: 2, to: queue) == .behind(0))
            }
        }

        @Test func `pruning writes nothing about outboxes where there is none, and once an hour where there are`()
            async throws
        {
            try await withQueue { queue in
                let meta = queue.store.keys.meta(queue.name)
                try await queue.expectUnchanged { _ = try await queue.prune() }
                #expect(try await send([1], after: 0, to: queue) == .taken)
                _ = try await queue.prune()
                #expect(try await queue.send("HGET", meta, "outbox app seen").string?.hasPrefix("1 ") == true)
                try await queue.clock.advance(by: .seconds(3599))
                #expect(try await send([2], after: 1, to: queue) == .taken)
                try await queue.expectUnchanged { _ = try await queue.prune() }
                try await queue.clock.advance(by: .seconds(1))
                _ = try await queue.prune()
                #expect(try await queue.send("HGET", meta, "outbox app seen").string?.hasPrefix("2 ") == true)
            }
        }

        @Test func `a queue that has lost what came before takes nothing, and says what it knows`() async throws {
            try await withQueue { queue in
                let first = try await send([1, 2], after: 0, to: queue)
                #expect(first == .taken)
                #expect(try await send([7], after: 5, to: queue) == .behind(2))
                #expect(try await queue.hash(queue.id("row-7")).isEmpty)
                #expect(try await send([3], after: 2, to: queue) == .taken)
            }
        }

        @Test func `one that is not acceptable is named, and nothing is taken`() async throws {
            try await withQueue { queue in
                let jobs = try [("a", ""), ("b", #"{"priority":1000}"#)].enumerated().map { place, job in
                    OutboxedJob(sequence: Int64(place + 1), job: try row(job.0, job.1, of: queue))
                }
                let reply = try await queue.working.enqueue(
                    jobs,
                    queue: queue.name,
                    outbox: "app",
                    after: 0,
                    payloadLimit: 1000
                )
                guard case .refused(1, let reason) = reply else {
                    Issue.record("\(reply)")
                    return
                }
                #expect(reason.contains("priority"))
                #expect(try await queue.hash(queue.id("a")).isEmpty)
            }
        }
    }
}
