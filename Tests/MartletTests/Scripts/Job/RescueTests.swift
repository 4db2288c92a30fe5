import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// running → waiting, error or cancelled, when the lease ran out, as part of a claim.
    @Suite struct RescueTests {
        @Test func `a lost job goes to the next worker, the attempt spent and the crash counted`() async throws {
            try await withQueue { queue in
                let lost = try await queue.running()
                try await queue.clock.advance(by: .milliseconds(29_999))
                #expect(try await queue.claim(5, worker: "bob").jobs.isEmpty)
                let now = try await queue.clock.advance(by: .milliseconds(1)).milliseconds
                let job = try await queue.claimOne(worker: "bob")
                #expect(job.id == lost.id)
                #expect(job.attempt == 2)
                #expect(job.token > lost.token)
                let hash = try await queue.hash(job.id)
                #expect(hash["crashes"] == "1")
                #expect(hash["worker"] == "bob")
                let entry = LogEntry(try #require(try await queue.logLines(job.id).first))
                #expect((entry.time.milliseconds, entry.level, entry.attempt) == (now, "error", 1))
                #expect(entry.message == "lease lost: worker ada did not renew it (crash 1 of 3)")
            }
        }

        @Test func `a lost job queues up behind those of its priority`() async throws {
            try await withQueue { queue in
                let lost = try await queue.running()
                try await queue.clock.advance(by: .seconds(10))
                try await queue.enqueue("b")
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.claim(5).jobs.map(\.id.local) == ["b", lost.id.local])
            }
        }

        @Test func `an extended lease is not taken`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.clock.advance(by: .seconds(29))
                #expect(try await queue.extend(job) == [.ok])
                try await queue.clock.advance(by: .seconds(29))
                #expect(try await queue.claim(5, worker: "bob").jobs.isEmpty)
            }
        }

        @Test func `the third crash ends a job in error with the reason`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                for attempt in 1...3 {
                    #expect(try await queue.claimOne().attempt == attempt)
                    try await queue.clock.advance(by: .seconds(30))
                }
                let now = try await queue.clock.now().milliseconds
                #expect(try await queue.claim(5, worker: "bob").jobs.isEmpty)
                let hash = try await queue.hash(id)
                #expect(hash["state"] == "error")
                #expect(hash["crashes"] == "3")
                #expect(hash["attempt"] == "3")
                #expect(hash["finished_at"] == "\(now)")
                #expect(hash["error"] == "lease lost: worker ada did not renew it, 3 times")
                #expect(try await queue.logLines(id).count == 3)
            }
        }

        @Test func `a lost job whose cancel was asked for is cancelled`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.operating.cancel(job.id) == .requested(worker: "ada"))
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(5).jobs.isEmpty)
                #expect(try await queue.hash(job.id)["state"] == "cancelled")
            }
        }

        @Test func `a lost job that ends and keeps nothing leaves nothing`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(retention: .zero, object: "o"))
                _ = try await queue.operating.cancel(job.id)
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(5, worker: "bob").jobs.isEmpty)
                try await queue.expectNoJob()
            }
        }

        @Test func `a call rescues 20, and the next is due at once`() async throws {
            try await withQueue { queue in
                for _ in 0..<25 { try await queue.enqueue() }
                #expect(try await queue.claim(100).jobs.count == 25)
                try await queue.clock.advance(by: .seconds(30))
                let first = try await queue.claim(100, worker: "bob")
                #expect(first.jobs.count == 20)
                #expect(first.next == .zero)
                #expect(try await queue.claim(100, worker: "bob").jobs.count == 5)
            }
        }

        @Test func `the worker that lost a job can write nothing more, before and after the next claim`() async throws {
            try await withQueue { queue in
                let lost = try await queue.running()
                try await queue.enqueue("first", JobOptions(priority: 1))
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claimOne(worker: "bob").id.local == "first")
                try await queue.expectStale(lost)
                #expect(try await queue.claimOne(worker: "bob").id == lost.id)
                try await queue.expectStale(lost)
            }
        }

        @Test func `an end by rescue is not taken for the end that a late worker reports`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a")
                var last: ClaimedJob?
                for _ in 1...3 {
                    last = try await queue.claimOne()
                    try await queue.clock.advance(by: .seconds(30))
                }
                _ = try await queue.claim(5, worker: "bob")
                try await queue.expectStale(try #require(last))
            }
        }

        @Test func `a running job that somebody made by hand does not stop the queue`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                try await queue.enqueue("b")
                _ = try await queue.send("HDEL", queue.store.keys.job(job.id), "worker", "started_at", "attempt")
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(5, worker: "bob").jobs.map(\.id.local) == ["b", job.id.local])
            }
        }

        @Test func `a new job under an old id is safe from the lease of the old one`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a", JobOptions(retention: .zero))
                let old = try await queue.claimOne()
                _ = try await queue.operating.cancel(old.id)
                try await queue.clock.advance(by: .seconds(30))
                #expect(try await queue.claim(1).jobs.isEmpty)
                try await queue.enqueue("a")
                try await queue.expectStale(old)
                let new = try await queue.claimOne(worker: "bob")
                #expect((new.id, new.attempt) == (old.id, 1))
                try await queue.expectStale(old)
            }
        }
    }
}

extension TestQueue {
    /// Fails unless every write under this lease is refused and changes nothing.
    func expectStale(_ job: ClaimedJob, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectUnchanged(sourceLocation: sourceLocation) {
            let extended = try await extend(job)
            #expect(extended == [.stale], sourceLocation: sourceLocation)
            let isLogged = try await log(job, ["{}"], progress: "{}")
            #expect(!isLogged, sourceLocation: sourceLocation)
            let replies = [
                try await finish(job, .successful), try await finish(job, .error), try await finish(job, .cancelled),
                try await retry(job), try await store.snooze(job, for: .seconds(1)), try await release(job)[0],
            ]
            #expect(replies == Array(repeating: .stale, count: 6), sourceLocation: sourceLocation)
        }
    }

    /// Fails when any key of a job is left; the doorbell, the token, a worker's receipt and the counts may be.
    func expectNoJob(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let keys = try #require(try await send("KEYS", root + ":*").array).compactMap(\.string)
        let counts = keys.filter { $0.hasPrefix("\(root):counts:") }
        let left = Set(keys).subtracting(counts).subtracting(
            ["wake", "token", "pulse", "gone", "claim:ada", "claim:bob"].map { "\(root):\($0)" }
        )
        #expect(left.isEmpty, sourceLocation: sourceLocation)
    }
}
