import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// Whatever somebody writes into Redis by hand, no transition breaks off, and no job runs that is not waiting.
    @Suite struct DamageTests {
        static let values = [
            "9223372036854775807", "-9223372036854775808", "1e308", "-1e308", "nan", "inf", "-inf", "abc", "", "\"\n",
            "0x10",
        ]
        static let fields = [
            "attempt", "crashes", "suspect", "priority", "retention_ms", "max_retries", "attempts_before_restart",
            "started_at", "enqueued_at", "due_at", "log_bytes", "log_cut", "log_lost", "log_next", "worker",
            "finished_at",
        ]

        @Test(arguments: fields)
        func `no value of a field makes a transition fail`(field: String) async throws {
            try await withQueue { queue in
                for (number, value) in Self.values.enumerated() {
                    for (step, way) in ["finish", "retry", "snooze", "release", "rescue", "bury", "log"].enumerated() {
                        let id = try await queue.enqueue("job-\(number)-\(step)", JobOptions(priority: 100))
                        let job = try await queue.claimOne()
                        #expect(job.id == id)
                        if field != "worker" || way == "rescue" {
                            _ = try await queue.send("HSET", queue.store.keys.job(id), field, value)
                        }
                        switch way {
                        case "finish": #expect(try await queue.finish(job) == .done(.successful))
                        case "retry": #expect(try await queue.retry(job) == .done(.scheduled))
                        case "snooze":
                            #expect(try await queue.working.snooze(job, for: .seconds(9)) == .done(.scheduled))
                        case "release": #expect(try await queue.release(job) == [.done(.waiting)])
                        case "rescue": try await queue.clock.advance(by: .seconds(31))
                        case "bury": #expect(try await queue.bury([id], alone: true) == 1)
                        default:
                            #expect(try await queue.log(job, ["{\"a\":1}"]))
                            #expect(try await queue.finish(job) == .done(.successful))
                        }
                        _ = try await queue.claim(0, worker: "bob")
                        if let hash = try? await queue.hash(id), let state = hash["state"] {
                            if ["successful", "error"].contains(state) {
                                try await queue.operating.restart(id)
                            }
                            _ = try await queue.operating.cancel(id)
                            _ = try await queue.send("DEL", queue.store.keys.log(id))
                            _ = try? await queue.operating.delete(id)
                        }
                    }
                }
            }
        }

        @Test(arguments: values)
        func `no value of a counter or a mark stops a queue`(value: String) async throws {
            try await withQueue { queue in
                let hour = try await queue.clock.now()
                let counts = queue.store.keys.counts(queue.name, hourOf: hour)
                for field in ["enqueued", "successful", "restarted", "greet error"] {
                    _ = try await queue.send("HSET", counts, field, value)
                }
                for key in ["token", "pulse", "alone", "claim:ada"] {
                    _ = try await queue.send("SET", "\(queue.root):\(key)", value)
                }
                for field in ["delivered", "resumed_at", "outbox app"] {
                    _ = try await queue.send("HSET", queue.store.keys.meta(queue.name), field, value)
                }
                let id = try await queue.enqueue("a")
                let job = try #require(try await queue.claim(lull: true).jobs.first)
                #expect(try await queue.finish(job) == .done(.successful))
                try await queue.operating.restart(id)
                #expect(try await queue.claim().jobs.count == 1)
            }
        }

        @Test(arguments: ["successful", "running", "scheduled", "odd"])
        func `a claim takes only what waits by its hash`(state: String) async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                try await queue.enqueue("b")
                _ = try await queue.send("HSET", queue.store.keys.job(id), "state", state)
                #expect(try await queue.claim(5).jobs.map(\.id.local) == ["b"])
                #expect(try await queue.members(.waiting) == [])
                _ = try await queue.send("DEL", queue.store.keys.job(id))
            }
        }

        @Test(arguments: [false, true])
        func `prune leaves a job alone that has not finished, and drops the old entry`(isRunning: Bool) async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a")
                _ = try await queue.finish(try await queue.claimOne())
                _ = try await queue.send("DEL", queue.store.keys.job(id))
                try await queue.enqueue("a")
                if isRunning { _ = try await queue.claimOne() }
                try await queue.clock.advance(by: .seconds(20))
                #expect(try await queue.prune(successful: .seconds(1)) == 0)
                #expect(try await queue.hash(id)["state"] == (isRunning ? "running" : "waiting"))
                #expect(try await queue.members(.successful) == [])
            }
        }

        @Test func `a job that is set aside and in no list of those is found and comes back`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", type: "sing")
                _ = try await queue.claim()
                _ = try await queue.send("DEL", queue.store.keys.unknown(queue.name))
                let found = try await queue.inspector.verify(queue: queue.name).findings
                #expect(found.map(\.wrong) == ["waiting, set aside, in no list of those set aside"])
                let reply = try await queue.run(.repair, [RedisArgument(id.local)])
                #expect(reply.map(\.string) == ["ok", "moved"])
                #expect(try await queue.claim(types: ["sing"]).jobs.map(\.id) == [id])
            }
        }

        @Test func `repair of what has no hash takes its entries out of the lists of those set aside`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", type: "sing")
                _ = try await queue.claim()
                _ = try await queue.send("DEL", queue.store.keys.job(id))
                #expect(try await queue.run(.repair, [RedisArgument(id.local)]).map(\.string) == ["ok", "removed"])
                #expect(try await queue.send("EXISTS", queue.store.keys.unknown(queue.name)).int == 0)
            }
        }

        @Test func `lines that a worker dropped are counted once, also when the call is sent again with more`()
            async throws
        {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, ["{\"a\":1}"], first: 0, lost: 5))
                #expect(try await queue.log(job, ["{\"a\":1}", "{\"a\":2}"], first: 0, lost: 5))
                let mark = LogEntry(try #require(try await queue.logLines(job.id).first))
                #expect(mark.message.hasPrefix("5 earlier lines cut"))
            }
        }

        @Test(arguments: ["9007199254740992", "1e300", "-1"], ["sequence", "after"])
        func `a sequence that is not plausible by Redis's time is refused`(number: String, field: String) async throws {
            try await withQueue { queue in
                try await queue.expectUnchanged {
                    for giver in ["\"schedule\":\"x\"", "\"outbox\":\"x\""] {
                        let other = field == "after" ? ",\"sequence\":1" : ""
                        let options = "{\(giver),\"\(field)\":\(number)\(other)}"
                        let reply = try await queue.run(.enqueue, ["1000", "a", "greet", "{}", RedisArgument(options)])
                        #expect(reply[0].string == "invalid" && reply[2].string == field)
                    }
                }
            }
        }

        /// Redis gives the fields of a large hash in any order, and anybody may have written one.
        @Test(arguments: [
            ["payload", "{}", "state", "waiting", "retention_ms", "7"],
            ["payload", "{}", "state", "waiting", "max_retries", "7"],
            ["payload", "{}", "state", "waiting", "attempt", "7"],
            ["retention_ms", "7", "state", "waiting", "payload", "{}"],
            ["attempt", "7", "state", "waiting", "enqueued_at", "1", "payload", "{}"],
            ["max_retries", "7", "state", "waiting", "enqueued_at", "1", "payload.2", "{}"],
            ["payload.1", "{}", "state", "waiting", "enqueued_at", "1", "retention_ms", "7"],
        ])
        func `a claim reads a field wherever it stands`(fields: [String]) async throws {
            try await withQueue { queue in
                for id in ["a", "b"] {
                    try await queue.enqueue(id)
                    let key = "\(queue.root):job:\(id)"
                    _ = try await queue.send("DEL", key)
                    _ = try await queue.store.redis.send(
                        RedisCommand("HSET", ([key, "type", "greet"] + fields).map { RedisArgument($0) })
                    )
                }
                let handled = HandledType("greet", maxRetries: 0, retention: .milliseconds(9))
                _ = try await queue.claim(2, types: [], handled: [handled])
                for id in ["a", "b"] {
                    let hash = try await queue.hash(try queue.id(id))
                    #expect(hash["state"] == "running")
                    if fields.contains("retention_ms") { #expect(hash["retention_ms"] == "7") }
                    if fields.contains("max_retries") { #expect(hash["max_retries"] == "7") }
                    #expect(hash["attempt"] == (fields.contains("attempt") ? "8" : "1"))
                }
            }
        }

        @Test func `a claim counts a large payload wherever it stands in the hash`() async throws {
            try await withQueue { queue in
                let large = "\"" + String(repeating: "x", count: 33 << 20) + "\""
                for (id, names) in [
                    ("a", ["enqueued_at", "state", "payload"]), ("b", ["payload", "state", "enqueued_at"]),
                ] {
                    try await queue.enqueue(id)
                    let key = "\(queue.root):job:\(id)"
                    _ = try await queue.send("DEL", key)
                    let values = ["enqueued_at": "1", "state": "waiting", "payload": large]
                    let fields = names.flatMap { [$0, values[$0] ?? ""] }
                    _ = try await queue.store.redis.send(
                        RedisCommand("HSET", ([key, "type", "greet"] + fields).map { RedisArgument($0) })
                    )
                    #expect(try await queue.claim().jobs.isEmpty)
                    #expect(try await queue.hash(try queue.id(id))["state"] == "error")
                }
            }
        }

        @Test func `a claim is bounded in bytes, and a job beyond every limit ends in error`() async throws {
            try await withQueue { queue in
                let large = "\"" + String(repeating: "x", count: 6 << 20) + "\""
                let huge = "\"" + String(repeating: "x", count: 33 << 20) + "\""
                func put(_ id: String, _ json: String) async throws {
                    let arguments = ["100000000", id, "greet", json, ""].map { RedisArgument($0) }
                    #expect(try await queue.run(.enqueue, arguments).count == 2)
                    try await queue.clock.advance(by: .milliseconds(1))
                }
                for number in 0..<4 { try await put("job-\(number)", large) }
                try await put("huge", huge)
                let first = try await queue.claim(10, number: 1000)
                #expect(first.jobs.map(\.id.local) == ["job-0", "job-1"] && first.more)
                #expect(try await queue.claim(10, number: 1000, again: true).jobs.count == 2)
                let rest = try await queue.claim(10, number: 1001)
                #expect(rest.jobs.map(\.id.local) == ["job-2", "job-3"])
                let hash = try await queue.hash(queue.id("huge"))
                #expect(hash["state"] == "error")
                #expect(hash["error"]?.hasPrefix("too large to be run: ") == true)
            }
        }
    }
}
