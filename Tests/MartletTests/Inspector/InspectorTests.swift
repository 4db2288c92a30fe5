import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

extension RedisTests {
    @Suite struct InspectorTests {
        @Test func `jobs are counted by state, and an unknown queue has none`() async throws {
            try await withQueue { queue in
                for _ in 0..<3 { try await queue.enqueue() }
                try await queue.enqueue(nil, start: .after(.seconds(60)))
                _ = try await queue.finish(try await queue.claimOne(), .error)
                _ = try await queue.claimOne()
                let counts = try await queue.inspector.counts(queue: queue.name)
                #expect(counts.filter { $0.value > 0 } == [.waiting: 1, .scheduled: 1, .running: 1, .error: 1])
                #expect(counts.count == JobState.allCases.count)
                #expect(try await queue.inspector.counts(queue: "none").values.reduce(0, +) == 0)
            }
        }

        @Test func `pages of what waits follow the order in which it runs`() async throws {
            try await withQueue { queue in
                for number in 0..<10 { try await queue.enqueue("\(number)", JobOptions(priority: number == 9 ? 1 : 0)) }
                let inspector = queue.inspector
                var pages: [[String]] = []
                for offset in stride(from: 0, to: 12, by: 4) {
                    let page = try await inspector.jobs(.waiting, queue: queue.name, offset: offset, limit: 4)
                    pages.append(page.map(\.id.local))
                }
                #expect(pages == [["9", "0", "1", "2"], ["3", "4", "5", "6"], ["7", "8"]])
                #expect(try await inspector.jobs(.waiting, queue: queue.name, offset: -3, limit: 0).count == 1)
                #expect(try await inspector.jobs(.waiting, queue: queue.name, offset: .max, limit: .max).isEmpty)
            }
        }

        @Test func `of what has finished the last comes first`() async throws {
            try await withQueue { queue in
                for id in ["a", "b", "c"] {
                    try await queue.enqueue(id, JobOptions(object: "disk/1"))
                    try await queue.clock.advance(by: .seconds(1))
                    _ = try await queue.finish(try await queue.claimOne())
                }
                let inspector = queue.inspector
                #expect(try await inspector.jobs(.successful, queue: queue.name).map(\.id.local) == ["c", "b", "a"])
                let about = try await inspector.jobs(object: "disk/1", queue: queue.name, offset: 1, limit: 1)
                #expect(about.map(\.id.local) == ["b"])
                #expect(try await inspector.jobs(object: "disk/2", queue: queue.name).isEmpty)
            }
        }

        @Test func `a record shows what the hash holds`() async throws {
            try await withQueue { queue in
                let job = try await queue.running(JobOptions(priority: 4, maxRetries: 5, object: "disk/1"))
                _ = try await queue.log(job, ["{}"], progress: #"{"fraction":0.5}"#)
                _ = try await queue.retry(job)
                let record = try #require(try await queue.inspector.job(job.id))
                #expect(record.status == "Scheduled (retry 1 of 5)")
                #expect((record.priority, record.attempt, record.object) == (4, 1, "disk/1"))
                #expect((record.error, record.worker, record.progress) == ("no route", "ada", #"{"fraction":0.5}"#))
                #expect(record.dueAt?.milliseconds == (try await queue.clock.now().milliseconds) + 15_000)
                #expect(try await queue.inspector.job(queue.id("none")) == nil)
            }
        }

        @Test func `a list holds all of a record but the payload`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", JobOptions(object: "disk/1"))
                let key = queue.store.keys.job(id)
                let numbers = [
                    "priority", "due_at", "started_at", "finished_at", "attempts_before_restart", "attempt",
                    "max_retries", "slot", "crashes", "deadline", "cancel_requested_at", "log_cut", "log_lost",
                ]
                let texts = ["schedule", "worker", "error", "warning", "reason", "progress"]
                for (index, name) in numbers.enumerated() {
                    _ = try await queue.send("HSET", key, name, "\(index + 1)")
                }
                for name in texts { _ = try await queue.send("HSET", key, name, "the \(name)") }
                let inspector = queue.inspector
                let whole = try #require(try await inspector.job(id))
                let listed = try #require(try await inspector.jobs(.waiting, queue: queue.name).first)
                #expect((whole.payload, listed.payload) == ("{}", nil))
                let (wholes, listeds) = (Mirror(reflecting: whole).children, Mirror(reflecting: listed).children)
                for (one, other) in zip(wholes, listeds) where one.label != "payload" {
                    #expect("\(one.value)" == "\(other.value)", "\(one.label ?? "")")
                    #expect("\(one.value)" != "nil", "\(one.label ?? "") is not in this test")
                }
                for name in numbers + texts { _ = try await queue.send("HDEL", key, name) }
            }
        }

        @Test func `a state is read alone`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue()
                #expect(try await queue.inspector.state(id) == .waiting)
                _ = try await queue.claimOne()
                #expect(try await queue.inspector.state(id) == .running)
                #expect(try await queue.inspector.state(queue.id("none")) == nil)
            }
        }

        @Test func `what is no job, and no id of one, is an error and not passed over`() async throws {
            try await withQueue { queue in
                let inspector = queue.inspector
                let waiting = queue.store.keys.state(.waiting, of: queue.name)
                _ = try await queue.send("ZADD", waiting, "1", "no id")
                let listed = await #expect(throws: JobError.self) {
                    try await inspector.jobs(.waiting, queue: queue.name)
                }
                #expect(listed?.code == .malformed)
                #expect(listed?.message.contains(#"\#(waiting) holds "no id""#) == true)
                #expect(listed?.message.hasSuffix("martlet doctor --verify --repair takes it out") == true)
                _ = try await queue.send("ZREM", waiting, "no id")

                let id = try await queue.enqueue("a")
                let key = queue.store.keys.job(id)
                _ = try await queue.send("HSET", key, "state", "asleep")
                for read in [
                    { _ = try await inspector.job(id) }, { _ = try await inspector.state(id) },
                    { _ = try await inspector.jobs(.waiting, queue: queue.name) },
                ] {
                    let error = await #expect(throws: JobError.self) { try await read() }
                    #expect(error?.code == .malformed)
                    #expect(error?.message.contains("mail/a") == true)
                }
                _ = try await queue.send("HSET", key, "state", "waiting")
            }
        }

        @Test func `the age of a queue is that of the job that runs next`() async throws {
            try await withQueue { queue in
                let inspector = queue.inspector
                #expect(try await inspector.oldestWaiting(queue: queue.name) == nil)
                let now = try await queue.clock.now().milliseconds
                try await queue.enqueue()
                try await queue.clock.advance(by: .seconds(5))
                try await queue.enqueue()
                #expect(try await inspector.oldestWaiting(queue: queue.name)?.milliseconds == now)
            }
        }

        @Test func `a log is read page by page without a line lost or shown twice`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                _ = try await queue.log(job, (0..<25).map { #"{"n":\#($0)}"# })
                #expect(try await read(queue, job.id, by: 10) == (0..<25).map { #"{"n":\#($0)}"# })
                #expect(try await read(queue, job.id, by: 1).count == 25)
                let inspector = queue.inspector
                let end = try await inspector.log(job.id, from: 25)
                #expect((end.entries.count, end.next) == (0, 25))
                let beyond = try await inspector.log(job.id, from: 90)
                #expect((beyond.entries.count, beyond.next) == (0, 90))
                #expect(try await inspector.log(job.id, from: .max, limit: .max).entries.isEmpty)
                let none = try await inspector.log(try queue.id("none"))
                #expect((none.entries.count, none.next) == (0, 0))
            }
        }

        @Test(arguments: [1, 2, 3, 4, 7, 500])
        func `of a log that was cut the notice comes first, once`(limit: Int) async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let limits = LogLimits(lines: 5)
                _ = try await queue.log(job, (0..<12).map { #"{"n":\#($0)}"# }, limits: limits)
                let lines = try await read(queue, job.id, by: limit)
                #expect(lines.first?.contains("7 earlier lines cut") == true)
                #expect(Array(lines.dropFirst()) == (7..<12).map { #"{"n":\#($0)}"# })
                // A reader that was as far as the cut goes on with the lines themselves.
                let rest = try await queue.inspector.log(job.id, from: 9)
                #expect((rest.entries.map(\.json), rest.next) == ((9..<12).map { #"{"n":\#($0)}"# }, 12))
                let from = try await queue.inspector.log(job.id, from: 7, limit: 1)
                #expect((from.entries.map(\.json), from.next) == ([#"{"n":7}"#], 8))
            }
        }

        @Test func `a log that is cut while it is read shows each line once, and a notice where lines are missing`()
            async throws
        {
            try await withQueue { queue in
                let job = try await queue.running()
                async let written: Void = {
                    for first in stride(from: 0, to: 1500, by: 3) {
                        let lines = (first..<first + 3).map { #"{"n":\#($0)}"# }
                        _ = try await queue.log(job, lines, first: first, limits: LogLimits(lines: 20))
                    }
                }()
                var (next, last) = (0, -1)
                while last < 1499 {
                    let page = try await queue.inspector.log(job.id, from: next, limit: 7)
                    var isCut = false
                    for line in page.entries.map(\.json) {
                        guard case .object(let fields) = JSONValue(line), case .integer(let number) = fields["n"] else {
                            isCut = true
                            continue
                        }
                        #expect(isCut ? number > last : number == last + 1)
                        (isCut, last) = (false, Int(number))
                    }
                    next = page.next
                }
                try await written
            }
        }

        /// Reads a log as a reader with small pages follows it.
        private func read(_ queue: TestQueue, _ id: JobID, by limit: Int) async throws -> [String] {
            var lines: [String] = []
            var next = 0
            for _ in 0..<50 {
                let page = try await queue.inspector.log(id, from: next, limit: limit)
                if page.entries.isEmpty { return lines }
                lines += page.entries.map(\.json)
                next = page.next
            }
            Issue.record("the log has no end: \(lines.count) lines, next \(next)")
            return lines
        }

        @Test func `the cancel of a running job reaches its worker as an order that does not stay for ever`()
            async throws
        {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.inspector.cancel(job.id, by: Operator("ada")) == .requested(worker: "ada"))
                let orders = queue.store.keys.orders("ada")
                #expect(try await queue.send("LRANGE", orders, "0", "-1").array?.map(\.string) == ["cancel \(job.id)"])
                let left = try #require(try await queue.send("PTTL", orders).int)
                #expect((1...60_000).contains(left))
                _ = try await queue.finish(job, .cancelled)
                #expect(try await queue.inspector.cancel(job.id, by: Operator("ada")) == .finished(.cancelled))
                #expect(try await queue.send("LLEN", orders).int == 1)
            }
        }

        @Test func `the cancel of a running job is taken also when Redis has no memory left for the order`()
            async throws
        {
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                let job = try await queue.running()
                _ = try await queue.send("CONFIG", "SET", "maxmemory", "1")
                #expect(try await queue.inspector.cancel(job.id, by: Operator("ada")) == .requested(worker: "ada"))
                #expect(try await queue.inspector.job(job.id)?.cancelRequestedAt != nil)
                #expect(try await queue.extend(job) == [.cancel])
                await queue.close()
            }
        }

        @Test func `workers are listed with what they say of themselves, the last heard first`() async throws {
            try await withQueue { queue in
                let begun = try await queue.clock.now().milliseconds
                for worker in ["ada", "bob", "silent"] {
                    try await queue.working.heartbeat(worker: worker, forgottenAfter: .seconds(60))
                    try await queue.clock.advance(by: .seconds(1))
                    guard worker != "silent" else { continue }
                    _ = try await queue.send("HSET", queue.store.keys.worker(worker), "host", "h-\(worker)")
                }
                let workers = try await queue.inspector.workers()
                #expect(workers.map(\.id) == ["bob", "ada"])
                #expect(workers.map(\.host) == ["h-bob", "h-ada"])
                #expect(workers.map(\.heartbeat.milliseconds) == [begun + 1000, begun])
            }
        }
    }
}
