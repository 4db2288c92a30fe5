import FoundationEssentials
import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The jobs that a filter finds, their order, and the number of jobs that it looks at.
    @Suite struct FindTests {
        @Test func `each word of the language finds its jobs and no others`() async throws {
            try await withQueue { queue in
                try await stock(queue)
                let begun = try await queue.clock.now().milliseconds - 40_000
                func expect(_ ids: String..., line: Int = #line, _ set: (inout JobFilter) -> Void) async throws {
                    var filter = JobFilter()
                    filter.queues = [queue.name]
                    set(&filter)
                    let found = try await queue.inspector.find(filter)
                    #expect(found.jobs.map(\.id.local).sorted() == ids.sorted(), "line \(line)")
                    #expect(found.isComplete && !found.isCut)
                    let all = try await queue.inspector.ids(filter, limit: 1000)
                    #expect(all.ids.map(\.local).sorted() == ids.sorted() && !all.isCut, "line \(line)")
                }
                try await expect("bad", "odd", "good", "late", "next", "runs") { _ in }
                try await expect("bad") { $0.states = [.error] }
                try await expect("late", "next", "odd") { $0.states = [.waiting, .scheduled] }
                try await expect("odd") { $0.types = ["odd"] }
                try await expect("bad", "late") { $0.object = "disk/1" }
                try await expect("late") { ($0.object, $0.states) = ("disk/1", [.scheduled]) }
                try await expect { $0.object = "disk/2" }
                try await expect("good") { $0.schedule = "nightly" }
                try await expect("odd", "next", "runs") { $0.isStandalone = true }
                try await expect("bad") { $0.error = "NO ROUTE" }
                try await expect("odd") { $0.error = "unknown type" }
                try await expect("bad") {
                    ($0.states, $0.until) = ([.error, .successful], Date(milliseconds: begun + 10_000))
                }
                try await expect("good") {
                    ($0.states, $0.since) = ([.error, .successful], Date(milliseconds: begun + 10_001))
                }
                try await expect("late") { $0.since = Date(milliseconds: begun + 41_000) }
                try await expect("bad") { $0.until = Date(milliseconds: begun + 10_000) }
                try await expect { $0.queues = ["other"] }
                for order in JobFilter.Order.allCases {
                    try await expect("bad", "odd", "good", "late", "next", "runs") { $0.order = order }
                }
            }
        }

        @Test func `the order is the one asked for`() async throws {
            try await withQueue { queue in
                try await stock(queue)
                var filter = JobFilter()
                filter.queues = [queue.name]
                func found() async throws -> [String] {
                    try await queue.inspector.find(filter).jobs.map(\.id.local)
                }
                #expect(try await found() == ["runs", "next", "odd", "late", "good", "bad"])
                filter.states = [.scheduled, .error, .successful]
                filter.order = .newest
                #expect(try await found() == ["late", "good", "bad"])
                filter.order = .oldest
                #expect(try await found() == ["bad", "good", "late"])
            }
        }

        @Test func `pages are walked without one left out or twice, also where all have one score`() async throws {
            try await withQueue { queue in
                try await queue.plant(1700, .error) { _ in 7 }
                try await queue.plant(600, .successful) { $0 }
                var filter = JobFilter()
                filter.queues = [queue.name]
                for order in JobFilter.Order.allCases {
                    filter.order = order
                    let (ids, isCut) = try await queue.inspector.ids(filter, limit: 5000)
                    #expect((ids.count, Set(ids).count, isCut) == (2300, 2300, false), "\(order)")
                    filter.types = ["greet"]
                    #expect(try await queue.inspector.ids(filter, limit: 5000).ids == ids, "\(order)")
                    filter.types = []
                }
                let some = try await queue.inspector.ids(filter, limit: 1200)
                #expect((some.ids.count, some.isCut) == (1200, true))
                try await queue.clear()
            }
        }

        @Test func `members that go while it is walked hide none of the others`() async throws {
            try await withQueue { queue in
                try await queue.plant(1500, .error) { $0 }
                var filter = JobFilter()
                (filter.queues, filter.states, filter.order) = ([queue.name], [.error], .oldest)
                let set = RedisArgument(queue.store.keys.state(.error, of: queue.name))
                // While a walk goes on, the entries that it has passed are removed on the same connection, and so
                // before it reads on.
                let (ids, _) = try await queue.client.inspector.ids(filter, limit: 5000) {
                    examined,
                    _ throws(JobError) in
                    queue.store.redis.submit(
                        script: RedisScript(name: "x", source: "return redis.call('ZREMRANGEBYRANK', KEYS[1], 0, 499)"),
                        keys: [set.text],
                        arguments: []
                    ) { _ in }
                }
                #expect(Set(ids).count == 1500)
                try await queue.clear()
            }
        }

        @Test func `a search that would take too long says how much it saw, and goes on from there`() async throws {
            try await withQueue { queue in
                try await queue.plant(3000, .error) { $0 * 10 }
                var filter = JobFilter()
                (filter.queues, filter.types, filter.order) = ([queue.name], ["none"], .newest)
                let budget = SearchBudget(jobs: 1000, time: .seconds(60))
                var found = try await queue.inspector.find(filter, budget: budget)
                #expect((found.jobs.count, found.examined, found.total) == (0, 1000, 3000))
                #expect(found.isCut && !found.isComplete)
                for _ in 0..<2 {
                    found = try await queue.inspector.find(filter, after: found.next, budget: budget)
                    #expect((found.jobs.count, found.examined) == (0, 1000))
                }
                if let cursor = found.next {
                    found = try await queue.inspector.find(filter, after: cursor, budget: budget)
                    #expect((found.examined, found.isComplete, found.next) == (0, true, nil))
                }
                filter.types = ["greet"]
                found = try await queue.inspector.find(filter, limit: 50)
                #expect((found.jobs.count, found.isComplete, found.isCut) == (50, false, false))
                #expect((50...500).contains(found.examined))
                #expect("\(found.next.map { "\($0)" } ?? "")" == "newest:error:29500:\(queue.name)/error-2950")
                filter.types = []
                found = try await queue.inspector.find(filter, limit: 50)
                #expect((found.jobs.count, found.next?.id.local) == (50, "error-2950"))
                #expect((50..<150).contains(found.examined))
                try await queue.clear()
            }
        }

        @Test func `what is no filter is refused, naming the field`() {
            func expect(_ field: String, _ set: (inout JobFilter) -> Void) {
                var filter = JobFilter()
                set(&filter)
                do throws(JobError) {
                    try filter.check()
                    Issue.record("\(field) was taken")
                } catch {
                    #expect(error.code == .invalid)
                    #expect(error.message.hasPrefix("\(field): "), "\(error)")
                }
            }
            expect("queue") { $0.queues = ["a b"] }
            expect("type") { $0.types = [""] }
            expect("object") { $0.object = "" }
            expect("schedule") { $0.schedule = "a/b" }
            expect("error") { $0.error = "" }
            expect("standalone") { ($0.isStandalone, $0.object) = (true, "x") }
            expect("until") { ($0.since, $0.until) = (Date(milliseconds: 2), Date(milliseconds: 1)) }
        }

        @Test func `a filter reads as it is written on the command line`() {
            var filter = JobFilter()
            (filter.queues, filter.types, filter.states) = (["a", "b"], ["x"], [.error, .warning])
            (filter.object, filter.error, filter.since) = ("ldap 'x'", "a\u{1b}b", Date(milliseconds: 5))
            #expect(
                filter.text == #"--queue a --queue b --type x --status warning --status error "#
                    + #"--object 'ldap '\''x'\''' --error $'a\x1bb' --since 1970-01-01T00:00:00.005Z"#
            )
        }

        /// Some jobs, ten seconds apart, in most states.
        private func stock(_ queue: TestQueue) async throws {
            _ = try await queue.send("SADD", queue.store.keys.queues, queue.name)
            try await queue.enqueue("bad", JobOptions(object: "disk/1"))
            try await queue.clock.advance(by: .seconds(10))
            _ = try await queue.finish(try await queue.claimOne(), .error, error: "no route to host")
            try await queue.enqueue("good")
            try await queue.clock.advance(by: .seconds(10))
            _ = try await queue.send("HSET", "\(queue.root):job:good", "schedule", "nightly")
            _ = try await queue.send("ZADD", "\(queue.root):fired:nightly", "1", "good")
            _ = try await queue.finish(try await queue.claimOne())
            try await queue.enqueue("odd", type: "odd")
            try await queue.enqueue("late", JobOptions(object: "disk/1"), start: .after(.seconds(60)))
            try await queue.clock.advance(by: .seconds(10))
            try await queue.enqueue("runs")
            _ = try await queue.claim(5)
            try await queue.enqueue("next")
            try await queue.clock.advance(by: .seconds(10))
        }
    }
}
