import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Copies of a call that arrive long after it was answered: a network may hold them back for minutes.
    @Suite struct LateCallTests {
        @Test func `a late copy of a claim takes nothing`() async throws {
            try await withQueue { queue in
                for _ in 0..<6 { try await queue.enqueue() }
                _ = try await queue.claim(2, number: 5)
                _ = try await queue.claim(2, number: 5, again: true)
                try await queue.expectUnchanged {
                    let copy = try await queue.claim(2, number: 5)
                    #expect(copy.jobs.isEmpty)
                }
                _ = try await queue.claim(2, number: 6)
                try await queue.expectUnchanged {
                    for again in [false, true] {
                        let copy = try await queue.claim(2, number: 5, again: again)
                        #expect(copy.jobs.isEmpty)
                    }
                }
                #expect(try await queue.claim(2, number: 6, again: true).jobs.count == 2)
            }
        }

        @Test func `the copy of a claim that was asked for again and found nothing takes nothing later`() async throws {
            try await withQueue { queue in
                #expect(try await queue.claim(2, number: 5, again: true).jobs.isEmpty)
                try await queue.enqueue()
                #expect(try await queue.claim(2, number: 5).jobs.isEmpty)
                #expect(try await queue.claim(2, number: 6).jobs.count == 1)
            }
        }

        @Test func `a worker that begins anew under its old id is told the number of its last claim`() async throws {
            try await withQueue { queue in
                for _ in 0..<2 { try await queue.enqueue() }
                _ = try await queue.claim(number: 5)
                for again in [false, true] {
                    let claim = try await queue.claim(number: 1, again: again)
                    #expect(claim.jobs.isEmpty && claim.more && claim.lastNumber == 5)
                }
                #expect(try await queue.claim(number: 6).jobs.count == 1)
            }
        }

        @Test(arguments: [
            "9223372036854775807", "9223372036854774784", "9000000000000001", "1\(String(repeating: "0", count: 400))",
        ])
        func `a receipt with a number that no worker reaches stands in nobody's way`(number: String) async throws {
            try await withQueue { queue in
                for _ in 0..<2 { try await queue.enqueue() }
                _ = try await queue.claim(number: 1)
                _ = try await queue.send("SET", "\(queue.root):claim:ada", "\(number) a")
                let claim = try await queue.claim(number: 2)
                #expect(claim.jobs.count == 1 && claim.lastNumber == nil)
                #expect(try await queue.claim(number: 2, again: true).jobs.map(\.id) == claim.jobs.map(\.id))
            }
        }

        @Test func `a disclaimed claim gives its jobs back unspent, and takes nothing when it comes later`()
            async throws
        {
            try await withQueue { queue in
                for _ in 0..<3 { try await queue.enqueue() }
                _ = try await queue.claim(2, number: 5)
                #expect(try await disclaim(queue, "ada", 5) == 2)
                try await queue.expectUnchanged {
                    #expect(try await disclaim(queue, "ada", 5) == 0)
                    for again in [false, true] {
                        let copy = try await queue.claim(2, number: 5, again: again)
                        #expect(copy.jobs.isEmpty)
                    }
                }
                #expect(try await disclaim(queue, "bob", 7) == 0)
                #expect(try await queue.claim(2, worker: "bob", number: 7).jobs.isEmpty)
                let jobs = try await queue.claim(3, worker: "bob", number: 8).jobs
                #expect(jobs.map(\.attempt) == [1, 1, 1])
            }
        }

        @Test func `a late restart, cancel or delete finds the job changed and leaves it alone`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                _ = try await queue.finish(try await queue.claimOne())
                let ended = try await version(queue, id)
                try await queue.operating.restart(id)
                let restarted = try await version(queue, id)
                #expect(try await queue.operating.cancel(id) == .cancelled)
                try await queue.operating.restart(id)
                try await queue.clock.advance(by: .milliseconds(1))
                _ = try await queue.finish(try await queue.claimOne())
                #expect(try await reply(queue, .restart, id, ended) == ["changed", "successful"])
                try await queue.operating.restart(id)
                #expect(try await reply(queue, .cancel, id, restarted) == ["changed", "waiting"])
                #expect(try await reply(queue, .delete, id, ended) == ["changed", "waiting"])
                #expect(try await queue.hash(id)["state"] == "waiting")
                // Without a version these calls take the job as it is.
                #expect(try await reply(queue, .cancel, id, "") == ["ok", "cancelled"])
            }
        }

        @Test func `a late pause does not pause what was resumed, nor a late resume the other way`() async throws {
            try await withQueue { queue in
                let late: [RedisArgument] = ["pause", "ann", "- -"]
                _ = try await queue.run(.pause, late)
                let paused = try await queue.send("HGET", queue.store.keys.meta(queue.name), "paused_at").string ?? ""
                #expect(try await queue.operating.resume(queue: queue.name, by: Operator("ann")))
                #expect(try await queue.run(.pause, late).map(\.string) == ["changed"])
                try await queue.clock.advance(by: .milliseconds(1))
                #expect(try await queue.operating.pause(queue: queue.name, by: Operator("ann")) == nil)
                let resume: [RedisArgument] = ["resume", "ann", RedisArgument("\(paused) -")]
                #expect(try await queue.run(.pause, resume).map(\.string) == ["changed"])
                #expect(try await queue.claim().jobs.isEmpty)
            }
        }

        private func disclaim(_ queue: TestQueue, _ worker: String, _ number: Int) async throws -> Int {
            try await queue.working.disclaim([(queue.name, number)], worker: worker)[0].jobs.get()
        }

        private func version(_ queue: TestQueue, _ id: JobID) async throws -> String {
            let hash = try await queue.hash(id)
            return ["enqueued_at", "attempt", "due_at", "finished_at"].map { hash[$0] ?? "-" }.joined(separator: " ")
        }

        private func reply(
            _ queue: TestQueue,
            _ name: ScriptName,
            _ id: JobID,
            _ version: String
        ) async throws -> [String?] {
            try await queue.run(name, [RedisArgument(id.local), RedisArgument(version)]).map(\.string)
        }
    }
}
