import Foundation
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// An enqueue whose answer was lost and that is sent again when its job may have gone.
    @Suite struct ResentEnqueueTests {
        /// A way in which a job goes soon after it was enqueued.
        struct Way: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let options: JobOptions
            let go: @Sendable (TestQueue, JobID) async throws -> Void

            init(
                _ description: String,
                _ options: JobOptions = JobOptions(),
                _ go: @escaping @Sendable (TestQueue, JobID) async throws -> Void
            ) {
                testDescription = description
                self.options = options
                self.go = go
            }
        }

        private static let ways = [
            Way("nothing is kept of it", JobOptions(retention: .zero)) { queue, _ in
                _ = try await queue.finish(try await queue.claimOne())
            },
            Way("cancelled while it waits, and nothing is kept", JobOptions(retention: .zero)) { queue, id in
                _ = try await queue.operating.cancel(id)
            },
            Way("kept for a moment", JobOptions(retention: .milliseconds(1))) { queue, _ in
                _ = try await queue.finish(try await queue.claimOne())
                try await queue.clock.advance(by: .milliseconds(2))
                let number = try await queue.prune(successful: .seconds(60), others: .seconds(60))
                #expect(number == 1)
            },
            Way("archived at once") { queue, id in
                _ = try await queue.finish(try await queue.claimOne())
                let hash = try await queue.hash(id)
                let fields = ["state", "attempt", "finished_at"].map { RedisArgument(hash[$0] ?? "") }
                let reply = try await queue.run(.archive, [RedisArgument(id.local)] + fields)
                #expect(reply.map(\.int) == [nil, 1])
            },
            Way("deleted by an operator") { queue, id in
                let reply = try await queue.run(.delete, [RedisArgument(id.local), ""])
                #expect(reply.first?.string == "ok")
            },
        ]

        @Test(arguments: ways)
        func `a job that has gone meanwhile is not put in once more`(way: Way) async throws {
            try await withQueue { queue in
                let sentAt = try await queue.clock.now().milliseconds
                let id = try await queue.enqueue("a", way.options)
                try await way.go(queue, id)
                try await queue.expectNoJob()
                try await queue.clock.advance(by: .seconds(3))
                #expect(try await sendAgain(queue, "a", sentAt) == "exists")
                try await queue.expectNoJob()
            }
        }

        @Test func `an id may come again as soon as its job has gone`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a", JobOptions(retention: .zero))
                _ = try await queue.finish(try await queue.claimOne())
                try await queue.clock.advance(by: .seconds(2))
                // The first sending of this call came after that job, and never arrived.
                #expect(try await sendAgain(queue, "a", try await queue.clock.now().milliseconds) == "waiting")
                #expect(try await queue.run(.delete, ["a", ""]).first?.string == "ok")
                try await queue.enqueue("a")
                #expect(try await queue.hash(try queue.id("a"))["state"] == "waiting")
            }
        }

        @Test func `a job of a call with many is left alone, and the others are put in`() async throws {
            try await withQueue { queue in
                let sentAt = try await queue.clock.now().milliseconds
                try await queue.enqueue("a", JobOptions(retention: .zero))
                _ = try await queue.finish(try await queue.claimOne())
                for parts in [[], ["parts"]] as [[RedisArgument]] {
                    let id = RedisArgument(parts.isEmpty ? "b" : "c")
                    let jobs: [RedisArgument] = ["100", "a", "greet", "{}", "", id, "greet", "{}", ""]
                    let reply = try await queue.run(.enqueue, jobs + parts + ["again", RedisArgument(sentAt)])
                    #expect(reply.map(\.string) == ["ok", "exists", "waiting"])
                }
            }
        }

        @Test func `jobs that have gone are known for a minute from their enqueueing`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("early", JobOptions(retention: .zero))
                try await queue.clock.advance(by: .seconds(59))
                try await queue.enqueue("late", JobOptions(retention: .zero))
                for job in try await queue.claim(2).jobs { _ = try await queue.finish(job) }
                #expect(try await known(queue) == ["early", "late"])
                let left = try #require(try await queue.send("PTTL", "\(queue.root):gone").int)
                #expect((1...60_000).contains(left))
                try await queue.clock.advance(by: .seconds(2))
                try await queue.enqueue("later", JobOptions(retention: .zero))
                _ = try await queue.finish(try await queue.claimOne())
                #expect(try await known(queue) == ["late", "later"])
                try await queue.enqueue("old", JobOptions(retention: .zero))
                try await queue.clock.advance(by: .seconds(60))
                _ = try await queue.finish(try await queue.claimOne())
                #expect(try await known(queue) == ["late", "later"])
            }
        }

        @Test func `what somebody wrote in its place stops neither an end nor an enqueue`() async throws {
            try await withQueue { queue in
                _ = try await queue.send("SET", "\(queue.root):gone", "no set")
                #expect(try await sendAgain(queue, "a", try await queue.clock.now().milliseconds) == "waiting")
                _ = try await queue.send("HSET", "\(queue.root):job:a", "retention_ms", "0")
                let job = try await queue.claimOne()
                _ = try await queue.finish(job)
                #expect(try await known(queue) == ["a"])
            }
        }

        @Test(arguments: [
            ["again"], ["again", "soon"], ["again", "5", "parts"], ["parts", "again"], ["parts", "parts"],
            ["5", "again"],
        ])
        func `other words behind the jobs are refused`(words: [String]) async throws {
            try await withQueue { queue in
                let reply = try await queue.run(
                    .enqueue,
                    ["100", "a", "greet", "{}", ""] + words.map { RedisArgument($0) }
                )
                #expect(reply.prefix(3).map { $0.string ?? "\($0.int ?? -1)" } == ["invalid", "0", "arguments"])
            }
        }

        private func sendAgain(_ queue: TestQueue, _ id: RedisArgument, _ sentAt: Int64) async throws -> String? {
            try await queue.run(.enqueue, ["100", id, "greet", "{}", "", "again", RedisArgument(sentAt)])[1].string
        }

        private func known(_ queue: TestQueue) async throws -> [String?] {
            try await queue.send("ZRANGE", "\(queue.root):gone", "0", "-1").array?.map(\.string) ?? []
        }
    }
}
