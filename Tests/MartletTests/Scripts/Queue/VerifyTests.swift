import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct VerifyTests {
        @Test func `a queue in order has no findings, and a repair changes nothing`() async throws {
            try await withQueue { queue in
                try await queue.fillEveryState()
                #expect(try await queue.inspector.verify(queue: queue.name).findings.isEmpty)
                let repair = try await queue.inspector.repair(queue: queue.name, by: Operator("ada"))
                #expect(repair.findings.isEmpty)
                #expect(repair.jobs == 7)
                try await expectConsistent(queue)
            }
        }

        @Test(arguments: [
            ["ZREM", "<waiting>", "waits"],
            ["ZADD", "<error>", "1", "waits"],
            ["ZREM", "<running>", "runs"],
            ["ZREM", "<successful>", "succeeded"],
            ["DEL", "<job>succeeded"],
            ["ZADD", "<cancelled>", "1", "nobody"],
            ["RPUSH", "<log>nobody", "{}"],
            ["HDEL", "<job>later", "state"],
        ])
        func `what somebody broke by hand is found and repaired`(command: [String]) async throws {
            try await withQueue { queue in
                try await queue.fillEveryState()
                let arguments = command.map { word in
                    word.replacingOccurrences(of: "<job>", with: "\(queue.root):job:")
                        .replacingOccurrences(of: "<log>", with: "\(queue.root):log:")
                        .replacingOccurrences(of: "<", with: "\(queue.root):")
                        .replacingOccurrences(of: ">", with: "")
                }
                _ = try await queue.store.redis.send(
                    RedisCommand(arguments[0], arguments.dropFirst().map { RedisArgument($0) })
                )
                let inspector = queue.inspector
                let found = try await inspector.verify(queue: queue.name).findings
                #expect(found.count == 1)
                #expect(found.first?.repaired == nil)
                let repaired = try await inspector.repair(queue: queue.name, by: Operator("ada")).findings
                #expect(repaired.map(\.id) == found.map(\.id))
                #expect(repaired.allSatisfy { $0.repaired != nil })
                #expect(try await inspector.verify(queue: queue.name).findings.isEmpty)
            }
        }

        /// Nobody but a hand writes such ids.
        @Test(arguments: [
            Array("a b\u{1b}[2J".utf8), [0xff, 0x2f, 0xfe], Array(String(repeating: "x", count: 9999).utf8),
        ])
        func `an entry whose id is no name is found, shown without harm, and removed`(member: [UInt8]) async throws {
            try await withQueue { queue in
                try await queue.fillEveryState()
                let set = RedisArgument(queue.store.keys.state(.waiting, of: queue.name))
                _ = try await queue.store.redis.send(RedisCommand("ZADD", [set, 1, RedisArgument(member)]))
                let inspector = queue.inspector
                let found = try await inspector.verify(queue: queue.name).findings
                #expect(found.map(\.wrong) == ["in waiting without a hash"])
                #expect(found.map(\.id) == [nil])
                let shown = try #require(found.first?.shown)
                #expect(shown.hasPrefix("\(queue.name)/") && shown.count <= 201 && !shown.contains("\u{1b}"))
                let repaired = try await inspector.repair(queue: queue.name, by: Operator("ada")).findings
                #expect(repaired.map(\.repaired) == ["removed"])
                #expect(try await inspector.verify(queue: queue.name).findings.isEmpty)
            }
        }

        @Test func `a job without a type can be repaired, cancelled and deleted`() async throws {
            try await withQueue { queue in
                for name in ["a", "b"] {
                    let id = try await queue.enqueue(name)
                    _ = try await queue.send("HDEL", queue.store.keys.job(id), "type")
                }
                _ = try await queue.send("ZREM", "\(queue.root):waiting", "a")
                let findings = try await queue.inspector.repair(queue: queue.name, by: Operator("ada")).findings
                #expect(findings.map(\.repaired) == ["moved"])
                #expect(try await queue.operating.cancel(queue.id("a")) == .cancelled)
                try await queue.operating.delete(queue.id("b"))
                #expect(try await queue.members(.waiting) == [])
            }
        }

        @Test func `a look at all jobs ends when its task is cancelled`() async throws {
            try await withQueue { queue in
                try await queue.fillEveryState()
                let inspector = queue.inspector
                let name = queue.name
                let looking = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await inspector.verify(queue: name)
                }
                let error = await #expect(throws: JobError.self) { try await looking.value }
                #expect(error?.code == .cancelled)
            }
        }

        @Test func `a running job without a lease is rescued after the repair`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.send("ZREM", "\(queue.root):running", job.id.local)
                _ = try await queue.inspector.repair(queue: queue.name, by: Operator("ada"))
                try await queue.clock.advance(by: .milliseconds(1))
                let next = try await queue.claimOne(worker: "bob")
                #expect(next.id == job.id)
                #expect(next.attempt == 2)
                try await expectConsistent(queue)
            }
        }
    }

    @Suite struct AttemptTests {
        @Test func `each end of an attempt is kept, the last twenty of them`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue()
                for number in 1...25 {
                    let job = try await queue.claimOne()
                    let end = AttemptEnd(
                        job,
                        .failed,
                        worker: "ada",
                        errorType: "Mishap",
                        error: "number \(number) \"\u{1b}\""
                    )
                    _ = try await queue.retry(job, after: .zero, error: "x", attempt: end)
                    try await queue.clock.advance(by: .seconds(1))
                }
                let attempts = try await queue.inspector.attempts(id)
                #expect(attempts.map(\.attempt) == Array(6...25))
                #expect(attempts.last?.error == "number 25 \"\u{1b}\"")
                #expect(attempts.last?.errorType == "Mishap")
                #expect(attempts.allSatisfy { $0.end == .failed && $0.endedAt ?? .distantPast >= $0.startedAt })
                try await expectConsistent(queue)
            }
        }

        @Test func `a lost lease and a release say so, a success says nothing`() async throws {
            try await withQueue { queue in
                let lost = try await queue.running()
                try await queue.clock.advance(by: .seconds(31))
                let released = try await queue.claimOne(worker: "bob")
                _ = try await queue.release(released)
                let last = try await queue.claimOne(worker: "eve")
                _ = try await queue.finish(last)
                let attempts = try await queue.inspector.attempts(lost.id)
                #expect(attempts.map(\.end) == [.leaseLost, .released])
                #expect(attempts.map(\.worker) == ["ada", "ada"])
                try await expectConsistent(queue)
            }
        }
    }
}

extension TestQueue {
    /// Makes one job in each state.
    fileprivate func fillEveryState() async throws {
        try await enqueue("succeeded")
        _ = try await finish(try await claimOne())
        try await enqueue("warned")
        _ = try await finish(try await claimOne(), report: .warning)
        try await enqueue("failed")
        _ = try await finish(try await claimOne(), .error, error: "x")
        try await enqueue("runs")
        _ = try await claimOne()
        try await enqueue("waits")
        try await enqueue("later", start: .after(.seconds(60)))
        try await enqueue("cancelled")
        _ = try await store.cancel(try id("cancelled"))
    }
}
