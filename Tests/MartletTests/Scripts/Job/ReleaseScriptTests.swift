import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct ReleaseScriptTests {
        @Test func `a released job waits again, with its attempt given back`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.answerDoorbell()
                #expect(try await queue.release(job) == [.done(.waiting)])
                let hash = try await queue.hash(job.id)
                #expect((hash["state"], hash["attempt"]) == ("waiting", "0"))
                #expect(try await queue.rings() == 1)
                let next = try await queue.claimOne(worker: "bob")
                #expect(next.attempt == 1)
                #expect(next.token > job.token)
            }
        }

        @Test func `a released job keeps its place by age and priority`() async throws {
            try await withQueue { queue in
                for (id, priority) in [("a", 0), ("b", 5), ("c", 0)] {
                    try await queue.enqueue(id, JobOptions(priority: priority))
                    try await queue.clock.advance(by: .milliseconds(1))
                }
                let jobs = try await queue.claim(2).jobs
                #expect(try await queue.release(jobs) == [.done(.waiting), .done(.waiting)])
                #expect(try await queue.members(.waiting) == ["b", "a", "c"])
            }
        }

        @Test func `released twice gives one attempt back and rings once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.release(job)
                try await queue.answerDoorbell()
                try await queue.expectUnchanged([.already]) {
                    try await queue.release(job)
                }
                let both = try await queue.claimOne()
                #expect(try await queue.release(both, both) == [.done(.waiting), .already])
                #expect(try await queue.hash(job.id)["attempt"] == "0")
            }
        }

        @Test func `a job whose cancel was asked for is cancelled, and nothing rings`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.answerDoorbell()
                _ = try await queue.operating.cancel(job.id)
                #expect(try await queue.release(job) == [.done(.cancelled)])
                #expect(try await queue.rings() == 0)
                try await queue.expectUnchanged([.already]) {
                    try await queue.release(job)
                }
            }
        }

        @Test func `a job whose hash somebody damaged is given back all the same`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.send("HDEL", queue.store.keys.job(job.id), "enqueued_at", "attempt")
                #expect(try await queue.release(job) == [.done(.waiting)])
                #expect(try await queue.members(.waiting) == [job.id.local])
            }
        }

        @Test func `a stale lease does not even ring`() async throws {
            try await withQueue { queue in
                let stale = try await queue.stale()
                try await queue.answerDoorbell()
                try await queue.expectStale(stale)
                try await queue.expectUnchanged {
                    let reply = try await queue.run(.release, ["none", "1"])
                    #expect(reply.map(\.string) == ["ok", "gone"])
                    _ = try await queue.run(.release, [])
                }
            }
        }
    }
}
