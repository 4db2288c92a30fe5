import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Lists that go on where the page before ended.
    @Suite struct CursorTests {
        @Test(arguments: JobFilter.Order.allCases)
        func `page by page comes each job once, as in one walk`(order: JobFilter.Order) async throws {
            try await withQueue { queue in
                // Some scores are shared, within a set and between sets and queues.
                for other in ["mail", "a", "z"] {
                    _ = try await queue.send("SADD", queue.store.keys.queues, other)
                    for state in JobState.allCases {
                        try await queue.plant(30, state, in: other) {
                            100 + $0 / 7 - ($0 % 3 == 0 ? 10_000_000_000_000 : 0)
                        }
                    }
                }
                for states in [[], [.waiting], [.error, .waiting], [.running, .successful]] as [Set<JobState>] {
                    var filter = JobFilter()
                    (filter.order, filter.states) = (order, states)
                    let whole = try await queue.inspector.ids(filter, limit: 5000).ids
                    #expect(whole.count == 90 * (states.isEmpty ? JobState.allCases.count : states.count))
                    for limit in [1, 13, 500] where limit > 1 || states.count == 1 {
                        var paged: [JobID] = []
                        var cursor: JobCursor?
                        repeat {
                            let found = try await queue.inspector.find(filter, after: cursor, limit: limit)
                            paged += found.jobs.map(\.id)
                            cursor = try found.next.map { next in try JobCursor("\(next)") }
                            #expect(cursor == found.next && found.isComplete == (cursor == nil))
                            #expect(cursor == nil || found.jobs.last.flatMap { found.cursor(of: $0) } == cursor)
                        } while cursor != nil
                        #expect(paged == whole, "\(order) \(states) \(limit)")
                    }
                }
                try await queue.clear()
            }
        }

        /// In each queue, jobs of a higher priority came first, whenever they were enqueued.
        @Test func `by time, waiting jobs come in the order of their times, whatever their priorities`() async throws {
            try await withQueue { queue in
                for (index, priority) in [0, 5, -5, 100, 0, -100, 5].enumerated() {
                    try await queue.enqueue("j\(index)", JobOptions(priority: priority))
                    try await queue.clock.advance(by: .seconds(1))
                }
                var filter = JobFilter()
                (filter.queues, filter.order) = ([queue.name], .oldest)
                let oldest = try await queue.inspector.find(filter).jobs.map(\.id.local)
                #expect(oldest == (0..<7).map { "j\($0)" })
                filter.order = .newest
                #expect(try await queue.inspector.find(filter).jobs.map(\.id.local) == oldest.reversed())
            }
        }

        @Test func `jobs that go between two pages hide none of the others, and none comes twice`() async throws {
            try await withQueue { queue in
                for order in JobFilter.Order.allCases {
                    try await queue.plant(60, .error) { 100 + $0 / 20 }
                    var filter = JobFilter()
                    (filter.queues, filter.states, filter.order) = ([queue.name], [.error], order)
                    let whole = try await queue.inspector.ids(filter, limit: 100).ids
                    let first = try await queue.inspector.find(filter, limit: 25)
                    let set = queue.store.keys.state(.error, of: queue.name)
                    for id in whole[20..<30] { _ = try await queue.send("ZREM", set, id.local) }
                    let rest = try await queue.inspector.find(filter, after: first.next, limit: 100)
                    #expect(rest.jobs.map(\.id) == Array(whole[30...]), "\(order)")
                    try await queue.clear()
                }
            }
        }

        /// Of an object or a schedule only those are left out that are not its own.
        @Test(arguments: [JobFilter.Order.newest, .oldest])
        func `the jobs of an object or a schedule are in the order in which all jobs are`(
            order: JobFilter.Order
        ) async throws {
            try await withQueue { queue in
                _ = try await queue.send("SADD", queue.store.keys.queues, queue.name)
                for index in 0..<30 {
                    let start: JobStart = index % 3 == 0 ? .after(.seconds(500 - 10 * index)) : .now
                    let id = "j\((index * 7) % 30)"
                    try await queue.enqueue(
                        id,
                        JobOptions(priority: index % 5, object: "disk/\(index % 2)"),
                        start: start
                    )
                    if index % 2 == 0 {
                        _ = try await queue.send(
                            "ZADD",
                            queue.store.keys.fired(by: "nightly", to: queue.name),
                            "\(index)",
                            id
                        )
                        _ = try await queue.send("HSET", "\(queue.root):job:\(id)", "schedule", "nightly")
                    }
                    try await queue.clock.advance(by: .seconds(1))
                }
                // Those of the highest priority end first, and so in another order than they came.
                for number in 1...8 {
                    for job in try await queue.claim(number % 2 + 1).jobs where number < 8 {
                        _ = try await queue.finish(job, number % 3 == 0 ? .error : .successful)
                    }
                    try await queue.clock.advance(by: .seconds(1))
                }
                var filter = JobFilter()
                filter.order = order
                for states in [[], [.successful], [.waiting, .scheduled]] as [Set<JobState>] {
                    filter.states = states
                    (filter.object, filter.schedule) = (nil, nil)
                    let all = try await queue.inspector.find(filter, limit: 500).jobs
                    for (object, schedule) in [("disk/0", nil), ("disk/1", nil), (nil, "nightly")]
                        as [(String?, String?)]
                    {
                        (filter.object, filter.schedule) = (object, schedule)
                        let own = all.filter { object == nil ? $0.schedule == schedule : $0.object == object }.map(\.id)
                        #expect(own.count > 1)
                        #expect(try await queue.inspector.ids(filter, limit: 500).ids == own)
                        var paged: [JobID] = []
                        var cursor: JobCursor?
                        repeat {
                            let found = try await queue.inspector.find(filter, after: cursor, limit: 4)
                            paged += found.jobs.map(\.id)
                            cursor = try found.next.map { next in try JobCursor("\(next)") }
                        } while cursor != nil
                        #expect(paged == own, "\(states) \(object ?? "nightly")")
                    }
                }
            }
        }

        @Test func `the jobs of an object are paged too`() async throws {
            try await withQueue { queue in
                _ = try await queue.send("SADD", queue.store.keys.queues, queue.name)
                for index in 0..<5 { try await queue.enqueue("j\(index)", JobOptions(object: "disk/1")) }
                for order in JobFilter.Order.allCases {
                    var filter = JobFilter()
                    (filter.object, filter.order) = ("disk/1", order)
                    let first = try await queue.inspector.find(filter, limit: 3)
                    let rest = try await queue.inspector.find(filter, after: first.next, limit: 3)
                    #expect(Set((first.jobs + rest.jobs).map(\.id)).count == 5 && rest.isComplete, "\(order)")
                }
            }
        }

        @Test(arguments: [
            "", ":", "::::", "attention", "attention:error:1", "attention:error:1:mail", "best:error:1:mail/a",
            "attention:odd:1:mail/a", "attention:error:nan:mail/a", "attention:error::mail/a",
            "attention:error:1:a b/c",
            "attention:error:1:mail/a\u{1b}[2J",
        ])
        func `what is no cursor is refused`(text: String) {
            let error = #expect(throws: JobError.self) { try JobCursor(text) }
            #expect(error?.invalidValue?.field == "cursor" && error?.message.contains("attention:error:17958") == true)
        }

        @Test func `a cursor of another filter is refused`() async throws {
            try await withQueue { queue in
                for text in [
                    "newest:error:1:mail/a", "attention:error:1:other/a", "attention:waiting:1:mail/a",
                    "attention:object:1:mail/a", "attention:schedule:1:mail/a",
                ] {
                    var filter = JobFilter()
                    (filter.queues, filter.states) = ([queue.name], [.error])
                    let error = await #expect(throws: JobError.self) {
                        try await queue.inspector.find(filter, after: try JobCursor(text))
                    }
                    #expect(error?.invalidValue?.field == "cursor", "\(text)")
                }
            }
        }

        /// Scores that Martlet never writes.
        @Test(arguments: JobFilter.Order.allCases)
        func `no score is too odd to go on behind it`(order: JobFilter.Order) async throws {
            try await withQueue { queue in
                _ = try await queue.send("SADD", queue.store.keys.queues, queue.name)
                let set = queue.store.keys.state(.waiting, of: queue.name)
                for (index, score) in ["-inf", "-1e300", "-0.5", "0", "1.5", "4e15", "1e19", "1e300", "inf"]
                    .enumerated()
                {
                    try await queue.enqueue("j\(index)")
                    _ = try await queue.send("ZADD", set, score, "j\(index)")
                }
                var filter = JobFilter()
                (filter.queues, filter.order) = ([queue.name], order)
                var cursor: JobCursor?
                for _ in 0..<20 {
                    let found = try await queue.inspector.find(filter, after: cursor, limit: 1)
                    guard let next = found.next else { return try await queue.clear() }
                    cursor = try JobCursor("\(next)")
                }
                Issue.record("it has no end")
            }
        }
    }
}
