import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct ClaimScriptTests {
        @Test func `a claimed job runs under a lease, with attempt, token and worker`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                let now = try await queue.clock.advance(by: .milliseconds(1500)).milliseconds
                let job = try await queue.claimOne(lease: .seconds(20))
                #expect(job.id == id)
                #expect((job.type, job.attempt) == ("greet", 1))
                #expect(job.startedAt.milliseconds == now)
                let hash = try await queue.hash(id)
                #expect(hash["state"] == "running")
                #expect((hash["attempt"], hash["token"], hash["worker"]) == ("1", "\(job.token)", "ada"))
                #expect(hash["started_at"] == "\(now)")
                #expect(try await queue.members(.waiting) == [])
                #expect(try await queue.score(id, in: .running) == now + 20_000)
            }
        }

        @Test func `a claim brings what the one who enqueued it said, and nil where nothing was said`() async throws {
            try await withQueue { queue in
                let options = JobOptions(
                    queue: queue.name,
                    maxRetries: 0,
                    timeLimit: .milliseconds(1),
                    backoff: .zero,
                    maxBackoff: .seconds(9),
                    object: "o"
                )
                try await queue.enqueue("a", options)
                #expect(try await queue.claimOne().options == options)
                try await queue.enqueue("b")
                #expect(try await queue.claimOne().options == JobOptions(queue: queue.name))
            }
        }

        @Test func `an empty queue gives nothing and is left untouched`() async throws {
            try await withQueue { queue in
                try await queue.expectUnchanged {
                    let claim = try await queue.claim(10)
                    #expect(claim.jobs.isEmpty)
                    #expect(!claim.more)
                    #expect(claim.next == nil)
                }
            }
        }

        @Test func `a claim that leaves work behind says so and rings again`() async throws {
            try await withQueue { queue in
                for _ in 0..<5 { try await queue.enqueue() }
                try await queue.answerDoorbell()
                let first = try await queue.claim(2)
                #expect(first.jobs.count == 2)
                #expect(first.more)
                #expect(try await queue.rings() == 1)
                try await queue.answerDoorbell()
                let second = try await queue.claim(3)
                #expect(second.jobs.count == 3)
                #expect(!second.more)
                #expect(try await queue.rings() == 0)
            }
        }

        @Test func `a full claim rings for what falls due, one with places left does not`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("later", start: .after(.seconds(60)))
                try await queue.enqueue("now")
                try await queue.answerDoorbell()
                let full = try await queue.claim(1)
                #expect(full.next == .seconds(30))
                #expect(try await queue.rings() == 1)
                try await queue.answerDoorbell()
                let spare = try await queue.claim(1)
                #expect(spare.jobs.isEmpty)
                #expect(try await queue.rings() == 0)
            }
        }

        @Test func `a claim says how long until a job falls due or a lease runs out`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("later", start: .after(.seconds(7)))
                #expect(try await queue.claim(1).next == .seconds(7))
                try await queue.enqueue("now")
                #expect(try await queue.claim(1, lease: .seconds(5)).next == .seconds(5))
                try await queue.clock.advance(by: .seconds(4))
                #expect(try await queue.claim(1).next == .seconds(1))
            }
        }

        @Test func `asked again it gives the same jobs and nothing new`() async throws {
            try await withQueue { queue in
                for _ in 0..<5 { try await queue.enqueue() }
                let first = try await queue.claim(3, number: 7)
                for _ in 0..<2 {
                    try await queue.expectUnchanged {
                        let again = try await queue.claim(3, number: 7, again: true)
                        #expect(again.jobs.map(\.id) == first.jobs.map(\.id))
                        #expect(again.jobs.map(\.token) == first.jobs.map(\.token))
                        #expect(again.jobs.map(\.attempt) == [1, 1, 1])
                        #expect(again.jobs.map(\.payload) == first.jobs.map(\.payload))
                    }
                }
            }
        }

        @Test func `asked again after a claim that never arrived it claims`() async throws {
            try await withQueue { queue in
                for _ in 0..<2 { try await queue.enqueue() }
                let first = try await queue.claim(1, number: 7)
                let next = try await queue.claim(1, number: 8, again: true)
                #expect(next.jobs.count == 1)
                #expect(next.jobs.first?.id != first.jobs.first?.id)
                // The receipt of number 8 must not be taken for that of number 80.
                #expect(try await queue.claim(1, number: 80, again: true).jobs.isEmpty)
            }
        }

        @Test func `asked again it leaves out what has ended or been lost since`() async throws {
            try await withQueue { queue in
                for id in ["a", "b", "c"] { try await queue.enqueue(id) }
                let jobs = try await queue.claim(3, number: 1).jobs
                #expect(try await queue.finish(jobs[0]) == .done(.successful))
                #expect(try await queue.extend(jobs[2], lease: .seconds(60)) == [.ok])
                try await queue.clock.advance(by: .seconds(31))
                #expect(try await queue.claim(1, worker: "bob").jobs.map(\.id.local) == ["b"])
                let again = try await queue.claim(3, number: 1, again: true)
                #expect(again.jobs.map(\.id.local) == ["c"])
                #expect(again.jobs.map(\.token) == jobs.suffix(1).map(\.token))
            }
        }

        @Test func `claims of two workers share no job`() async throws {
            try await withQueue { queue in
                for _ in 0..<10 { try await queue.enqueue() }
                let ada = try await queue.claim(5, worker: "ada")
                let bob = try await queue.claim(10, worker: "bob")
                #expect((ada.jobs.count, bob.jobs.count) == (5, 5))
                #expect(Set((ada.jobs + bob.jobs).map(\.id)).count == 10)
            }
        }

        @Test func `a claim takes at most 1,000 jobs`() async throws {
            try await withQueue { queue in
                let options = JobOptions(queue: queue.name)
                for _ in 0..<3 {
                    let jobs = try (0..<400).map { _ in try NewJob(type: "greet", json: "1", options: options) }
                    _ = try await queue.working.enqueue(jobs, queue: queue.name, payloadLimit: 10)
                }
                let claim = try await queue.claim(5000)
                #expect(claim.jobs.count == 1000)
                #expect(claim.more)
            }
        }

        @Test func `an unanswered claim brings its jobs again also when their leases have run out`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a")
                let first = try await queue.claim(1, lease: .milliseconds(20), number: 7)
                let start = try await queue.inspector.now()
                // The wait is by Redis's own clock, which ends keys, and by that of the scripts.
                try await eventually("the lease has run out") {
                    try await queue.inspector.now().duration(since: start) > .milliseconds(40)
                }
                try await queue.clock.advance(by: .seconds(60))
                let again = try await queue.claim(1, number: 7, again: true)
                #expect(again.jobs.map(\.id) == first.jobs.map(\.id))
                #expect(again.jobs.map(\.token) == first.jobs.map(\.token))
                #expect(try await queue.finish(try #require(again.jobs.first)) == .done(.successful))
            }
        }

        @Test func `what Redis lost gives no token to two owners`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                try await queue.enqueue("b")
                _ = try await queue.claimOne(worker: "eve")
                try await queue.clock.advance(by: .milliseconds(1))
                // A server that was restarted without its last writes, or a replica that takes over, knows only this.
                let keys = ["token", "pulse", "waiting", "running", "job:b"].map { "\(queue.root):\($0)" }
                var dumps: [String: [UInt8]] = [:]
                for key in keys { dumps[key] = try await queue.send("DUMP", key).bytes }
                let old = try await queue.claimOne(worker: "ada")
                for key in keys {
                    let dump = try #require(dumps[key])
                    _ = try await queue.store.redis.send(
                        RedisCommand("RESTORE", [RedisArgument(key), 0, RedisArgument(dump), "REPLACE"])
                    )
                }
                try await queue.clock.advance(by: .milliseconds(1))
                let new = try await queue.claim(worker: "bob", lull: true).jobs
                #expect(new.map(\.id) == [old.id])
                #expect(old.id != id)
                try await queue.expectStale(old)
                #expect(try await queue.finish(try #require(new.first)) == .done(.successful))
            }
        }

        @Test func `an entry whose hash somebody deleted is dropped`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                try await queue.enqueue("b")
                _ = try await queue.send("DEL", queue.store.keys.job(id))
                #expect(try await queue.claim(5).jobs.map(\.id.local) == ["b"])
            }
        }
    }
}
