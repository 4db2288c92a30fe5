import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Jobs that ran beside one that killed their worker, and jobs that have no attempt left.
    @Suite struct BystanderTests {
        @Test func `a bystander of a crash keeps its attempt, and runs again also when it has but one`() async throws {
            try await withQueue { queue in
                for name in ["a", "b"] { try await queue.enqueue(name, JobOptions(maxRetries: 0)) }
                let jobs = try await queue.claim(2).jobs
                try await queue.bury(jobs.map(\.id), alone: false)
                for worker in ["bob", "cy"] {
                    let job = try #require(try await queue.claim(worker: worker, isIdle: true).jobs.first)
                    #expect(job.attempt == 1)
                    #expect(try await queue.finish(job) == .done(.successful))
                }
            }
        }

        /// Whichever of the two kills the process next, the suspect would be blamed.
        @Test func `a worker with a stuck handler gets a suspect only when no other has taken it for a minute`()
            async throws
        {
            try await withQueue { queue in
                for name in ["a", "b"] { try await queue.enqueue(name) }
                try await queue.bury(try await queue.claim(2).jobs.map(\.id), alone: false)
                func found(isIdle: Bool, hasStuck: Bool = true) async throws -> Claim {
                    try await queue.claim(worker: "bob", isIdle: isIdle, hasStuck: hasStuck)
                }
                for _ in 0..<2 {
                    for isIdle in [true, false] {
                        let claim = try await found(isIdle: isIdle)
                        #expect(claim.jobs.isEmpty && claim.seclusion == .none)
                    }
                    try await queue.clock.advance(by: .seconds(20))
                }
                #expect(try await found(isIdle: true, hasStuck: false).jobs.count == 1)
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await found(isIdle: false).seclusion == .wanted)
                let claim = try await found(isIdle: true)
                #expect(claim.jobs.count == 1 && claim.seclusion == .alone)
            }
        }

        @Test func `a job that died alone and has no attempt left ends at once`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", JobOptions(maxRetries: 0))
                _ = try await queue.claimOne()
                try await queue.bury([id], alone: true)
                let hash = try await queue.hash(id)
                #expect(hash["state"] == "error")
                #expect(
                    hash["error"] == "none of 1 attempts is left: the last one ended with the loss of its worker"
                )
            }
        }

        @Test func `a lost job that has no attempt left ends also while its queue is paused`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                let types = [HandledType("greet", maxRetries: 0, retention: .seconds(60))]
                _ = try await queue.claim(handled: types)
                #expect(try await queue.hash(id)["max_retries"] == "0")
                _ = try await queue.operating.pause(queue: queue.name, by: Operator("ann"))
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(worker: "bob", types: ["sing"]).jobs.isEmpty)
                #expect(try await queue.hash(id)["state"] == "error")
                // The retention of the handler holds however the job ends.
                let expiring = try await queue.send("ZSCORE", queue.store.keys.expiring(queue.name), "a")
                #expect(expiring.string != nil)
            }
        }

        @Test func `attempts count from the last restart`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", JobOptions(maxRetries: 1))
                _ = try await queue.finish(try await queue.claimOne(), .error)
                try await queue.operating.restart(id)
                _ = try await queue.claimOne()
                try await queue.clock.advance(by: .seconds(30))
                let job = try await queue.claimOne(worker: "bob")
                #expect(job.attempt == 3)
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(worker: "cy").jobs.isEmpty)
                #expect(try await queue.hash(id)["state"] == "error")
            }
        }

        @Test func `a hundred suspects of a type that nobody knows hide no other`() async throws {
            try await withQueue { queue in
                for number in 0..<250 { try await queue.enqueue("lost-\(number)", type: "sing") }
                let lost = try await queue.claim(250, types: ["sing"]).jobs.map(\.id)
                try await queue.bury(lost, alone: false)
                try await queue.clock.advance(by: .milliseconds(1))
                let good = try await queue.running()
                try await queue.bury([good.id], alone: false)
                var found: [JobID] = []
                for _ in 0..<4 where found.isEmpty {
                    found = try await queue.claim(worker: "bob", isIdle: true).jobs.map(\.id)
                }
                #expect(found == [good.id])
            }
        }

        @Test func `a worker gets to its own jobs however many of other types stand before them`() async throws {
            try await withQueue { queue in
                for _ in 0..<1000 { try await queue.enqueue(type: "sing") }
                try await queue.clock.advance(by: .milliseconds(1))
                let own = try await queue.enqueue("own")
                var claims = 0
                var left = 1000
                var found: [JobID] = []
                while found.isEmpty, claims < 100 {
                    claims += 1
                    left -= try await queue.claim(25, worker: "bob", types: ["sing"]).jobs.count
                    found = try await queue.claim(1, worker: "ada").jobs.map(\.id)
                }
                #expect(found == [own])
                #expect(left > 500)
            }
        }
    }
}
