import FoundationEssentials
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The counts of the scripts: `martlet:{queue}:counts:<hour>`.
    @Suite struct CountsTests {
        @Test func `what comes and how it ends is counted, with waits and runs by type`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("one")
                try await queue.enqueue("two")
                try await queue.enqueue("late", start: .after(.seconds(60)))
                try await queue.clock.advance(by: .milliseconds(9))
                let (one, two) = (try await queue.claimOne(), try await queue.claimOne())
                try await queue.clock.advance(by: .milliseconds(40))
                _ = try await queue.finish(one)
                _ = try await queue.finish(two, .error, error: "no")
                _ = try await queue.store.cancel(queue.id("late"))
                #expect(
                    try await queue.counted() == [
                        "enqueued": "3", "successful": "1", "error": "1", "cancelled": "1", "types": "greet",
                        "greet error": "1", "greet wait <12ms": "2", "greet run <48ms": "2",
                    ]
                )
            }
        }

        @Test func `a batch is counted at once, and once when its reply was lost`() async throws {
            try await withQueue { queue in
                for number in 0..<100 { try await queue.enqueue("j\(number)") }
                let jobs = try await queue.claim(100).jobs
                let endings = jobs.map { JobEnding($0, .successful, report: nil, retention: .zero) }
                for _ in 1...2 { _ = try await queue.store.finish(endings + endings.prefix(1), queue: queue.name) }
                let counts = try await queue.counted()
                #expect((counts["enqueued"], counts["successful"]) == ("100", "100"))
                #expect(counts["greet run <1ms"] == "100")
            }
        }

        @Test func `enqueueing an id twice is counted once, and each of a schedule's or an outbox's`() async throws {
            try await withQueue { queue in
                for _ in 1...3 { try await queue.enqueue("same") }
                try await queue.enqueue("other")
                #expect(try await queue.counted() == ["enqueued": "2"])
            }
        }

        @Test func `a stale lease counts nothing`() async throws {
            try await withQueue { queue in
                let old = try await queue.stale()
                let before = try await queue.counted()
                for outcome in [JobEnding.Outcome.successful, .error] { _ = try await queue.finish(old, outcome) }
                _ = try await queue.retry(old)
                #expect(try await queue.counted() == before)
            }
        }

        @Test func `each attempt that is retried is measured, the wait from when it was due`() async throws {
            try await withQueue { queue in
                let first = try await queue.running()
                try await queue.clock.advance(by: .milliseconds(100))
                #expect(try await queue.retry(first) == .done(.scheduled))
                #expect(try await queue.retry(first) == .already)
                try await queue.clock.advance(by: .milliseconds(15_002))
                _ = try await queue.finish(try await queue.claimOne())
                let counts = try await queue.counted()
                #expect((counts["retried"], counts["greet retried"], counts["successful"]) == ("1", "1", "1"))
                #expect((counts["greet run <128ms"], counts["greet run <1ms"]) == ("1", "1"))
                #expect((counts["greet wait <1ms"], counts["greet wait <3ms"]) == ("1", "1"))
            }
        }

        @Test func `a restarted job has come again, and waits from then on`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.finish(job)
                try await queue.clock.advance(by: .seconds(600))
                try await queue.store.restart(job.id)
                _ = try? await queue.store.restart(job.id)
                _ = try await queue.finish(try await queue.claimOne())
                let counts = try await queue.counted()
                #expect((counts["enqueued"], counts["restarted"], counts["successful"]) == ("1", "1", "2"))
                #expect(counts["greet wait <1ms"] == "2")
            }
        }

        @Test func `a job that ends with its worker counts for its type, its attempts are not measured`() async throws {
            try await withQueue { queue in
                try await queue.enqueue("a")
                for _ in 1...3 {
                    _ = try await queue.claimOne()
                    try await queue.clock.advance(by: .seconds(31))
                }
                #expect(try await queue.claim().jobs.isEmpty)
                #expect(
                    try await queue.counted() == [
                        "enqueued": "1", "error": "1", "greet error": "1", "types": "greet",
                    ]
                )
            }
        }

        @Test func `an hour has its own hash, which is kept for the day after it`() async throws {
            try await withQueue { queue in
                let start = try await queue.clock.now().milliseconds
                try await queue.clock.advance(by: .milliseconds(3_600_000 - start % 3_600_000))
                let hour = try await queue.clock.now()
                let (next, last) = (hour + 3600, hour - 3600)
                try await queue.enqueue("a")
                try await queue.clock.advance(by: .seconds(3600))
                _ = try await queue.finish(try await queue.claimOne())
                let inspector = queue.client.inspector
                let counts = try await inspector.hourlyCounts(queue: queue.name, hours: [next, hour, last])
                #expect(counts[hour]?.entered == 1 && counts[hour]?.ended == 0)
                #expect(counts[next]?.entered == 0 && counts[next]?.ended == 1)
                #expect(counts[last] == HourlyCounts())
                #expect(counts[next]?.types["greet"]?.wait.quantile(0.5) ?? .zero > .seconds(2000))
                for hour in [hour, next] {
                    let left = try await queue.send("TTL", queue.store.keys.counts(queue.name, hourOf: hour)).int ?? 0
                    #expect((89_900...90_000).contains(left))
                }
            }
        }

        @Test func `types beyond the fiftieth are counted together`() async throws {
            try await withQueue { queue in
                let types = (1...60).map { "type-\($0)" }
                for round in 1...2 {
                    for type in types { try await queue.enqueue("\(type).\(round)", type: type) }
                    let jobs = try await queue.claim(100, types: types).jobs
                    #expect(jobs.count == 60)
                    // The attempts end one by one in the first round, and together in the second.
                    let calls = round == 1 ? jobs.map { [$0] } : [jobs]
                    for call in calls {
                        let endings = call.map { JobEnding($0, .error, report: nil, error: "x") }
                        _ = try await queue.store.finish(endings, queue: queue.name)
                    }
                }
                let counts = try await queue.hour()
                #expect(counts.types.count == 51)
                #expect(counts.types["(other)"]?.errors == 20)
                #expect(counts.types["(other)"]?.run.total == 20)
                #expect(counts.types["type-1"]?.errors == 2)
                #expect(counts.finished[.error] == 120)
            }
        }

        @Test func `a call of a thousand jobs of as many types and lengths is counted`() async throws {
            try await withQueue { queue in
                let types = (0..<1000).map { "t\($0)" }
                for type in types {
                    try await queue.enqueue(type, type: type)
                    try await queue.clock.advance(by: .milliseconds(Int.random(in: 1...9999)))
                }
                let jobs = try await queue.claim(1000, lease: .seconds(100_000), types: types).jobs
                let endings = jobs.map { JobEnding($0, .error, report: nil, error: "x") }
                let replies = try await queue.store.finish(endings, queue: queue.name)
                #expect(replies == Array(repeating: .done(.error), count: 1000))
                let hour = try await queue.hour()
                #expect(hour.types.values.reduce(0) { $0 + $1.wait.total } == 1000)
            }
        }

        @Test func `a timing that says nothing ends the job all the same`() async throws {
            try await withQueue { queue in
                for timing in ["", "x", "a b c", "greet - -", "greet 1e999 1", "greet nan nan", "a b 1 2 error"] {
                    let job = try await queue.running()
                    let arguments = [job.id.local, "\(job.token)", "successful", "", "", "", "", timing]
                    let reply = try await queue.run(.finish, arguments.map { RedisArgument($0) })
                    #expect(reply.map(\.string) == ["ok", "successful"], "\(timing)")
                }
                #expect(try await queue.counted()["successful"] == "7")
            }
        }
    }
}

extension TestQueue {
    /// The sums of the hashes of this hour and the one before, because the test may have begun before the hour.
    fileprivate func counted() async throws -> [String: String] {
        let hour = try await clock.now()
        let before = try await send("HGETALL", store.keys.counts(name, hourOf: hour - 3600)).pairs
        return try await send("HGETALL", store.keys.counts(name, hourOf: hour)).pairs.merging(before) { new, old in
            guard let new = Int(new), let old = Int(old) else { return new }
            return "\(new + old)"
        }
    }

    fileprivate func hour() async throws -> HourlyCounts { HourlyCounts(StoredHash(try await counted())) }
}
