import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

extension RedisTests {
    @Suite struct EnqueueScriptTests {
        @Test func `a job with nothing said waits, and the doorbell rings`() async throws {
            try await withQueue { queue in
                let id = try await queue.enqueue("a", json: #"{"to":"ada"}"#)
                let now = try await queue.clock.now().milliseconds
                #expect(
                    try await queue.hash(id) == [
                        "type": "greet", "payload": #"{"to":"ada"}"#, "state": "waiting", "enqueued_at": "\(now)",
                    ]
                )
                #expect(try await queue.score(id, in: .waiting) == now)
                #expect(try await queue.rings() == 1)
            }
        }

        @Test func `a job for later is scheduled, and only a new earliest one rings`() async throws {
            try await withQueue { queue in
                let now = try await queue.clock.now().milliseconds
                let id = try await queue.enqueue("a", start: .after(.seconds(60)))
                #expect(try await queue.score(id, in: .scheduled) == now + 60_000)
                #expect(try await queue.hash(id)["due_at"] == "\(now + 60_000)")
                #expect(try await queue.rings() == 1)

                try await queue.answerDoorbell()
                try await queue.enqueue("later", start: .after(.seconds(61)))
                #expect(try await queue.rings() == 0)
                try await queue.enqueue("sooner", start: .after(.seconds(59)))
                #expect(try await queue.rings() == 1)
            }
        }

        @Test func `every option is stored under its name`() async throws {
            try await withQueue { queue in
                let options = JobOptions(
                    priority: -7,
                    maxRetries: 3,
                    timeLimit: .seconds(60),
                    backoff: .milliseconds(500),
                    maxBackoff: .seconds(7),
                    retention: .seconds(8),
                    object: "disk/7 \u{1F4BE}"
                )
                let id = try await queue.enqueue(nil, options)
                let hash = try await queue.hash(id)
                #expect(hash["priority"] == "-7")
                #expect(hash["max_retries"] == "3")
                #expect(hash["time_limit_ms"] == "60000")
                #expect(hash["backoff_ms"] == "500")
                #expect(hash["backoff_max_ms"] == "7000")
                #expect(hash["retention_ms"] == "8000")
                #expect(hash["object"] == "disk/7 \u{1F4BE}")
                #expect(hash.count == 4 + 7)
            }
        }

        @Test func `an id that is there already stays as it is, waiting, running or finished`() async throws {
            try await withQueue { queue in
                func again() async throws {
                    try await queue.expectUnchanged {
                        let reply = try await queue.run(
                            .enqueue,
                            ["1000", "a", "other", "[]", #"{"priority":9,"delay_ms":5}"#]
                        )
                        #expect(reply.map(\.string) == ["ok", "exists"])
                    }
                }
                try await queue.enqueue("a")
                try await again()
                let job = try await queue.claimOne()
                try await again()
                _ = try await queue.finish(job)
                try await again()
            }
        }

        @Test func `the same id twice in one call is one job`() async throws {
            try await withQueue { queue in
                let reply = try await queue.run(.enqueue, ["1000", "a", "t", "1", "", "a", "t", "2", ""])
                #expect(reply.map(\.string) == ["ok", "waiting", "exists"])
                #expect(try await queue.hash(queue.id("a"))["payload"] == "1")
            }
        }

        @Test func `a time in the past, no delay and a delay of zero mean now`() async throws {
            try await withQueue { queue in
                let now = try await queue.clock.now().milliseconds
                for options in ["", "{}", #"{"delay_ms":0}"#, #"{"due_at":0}"#, #"{"due_at":\#(now)}"#] {
                    let reply = try await queue.run(
                        .enqueue,
                        ["1000", RedisArgument(JobID.makeLocal()), "t", "1"] + [
                            RedisArgument(options)
                        ]
                    )
                    #expect(reply.map(\.string) == ["ok", "waiting"], "\(options)")
                }
                let reply = try await queue.run(
                    .enqueue,
                    ["1000", "soon", "t", "1", "{\"due_at\":\(now + 1)}"].map {
                        RedisArgument($0)
                    }
                )
                #expect(reply.map(\.string) == ["ok", "scheduled"])
            }
        }

        @Test func `500 jobs of one call come out in their order`() async throws {
            try await withQueue { queue in
                let jobs = try (0..<500).map {
                    try NewJob(type: "greet", json: "\($0)", options: JobOptions(queue: queue.name))
                }
                #expect(try await queue.working.enqueue(jobs, queue: queue.name, payloadLimit: 10).count { $0 } == 500)
                var order: [String] = []
                while case let claim = try await queue.claim(64), !claim.jobs.isEmpty {
                    order += claim.jobs.map { String(decoding: $0.payload, as: UTF8.self) }
                }
                #expect(order == (0..<500).map(String.init))
            }
        }

        @Test func `higher priority goes first, and the one that came first among equals`() async throws {
            try await withQueue { queue in
                let priorities = [0, 100, -100, 1, 0, 100, -1, 1]
                for (number, priority) in priorities.enumerated() {
                    try await queue.enqueue("\(number)", JobOptions(priority: priority))
                    try await queue.clock.advance(by: .milliseconds(1))
                }
                let order = try await queue.claim(8).jobs.map(\.id.local)
                #expect(order == ["1", "5", "3", "7", "0", "4", "6", "2"])
            }
        }

        @Test func `the doorbell holds one token however many jobs come`() async throws {
            try await withQueue { queue in
                for number in 0..<20 {
                    try await queue.enqueue(nil, start: number % 2 == 0 ? .now : .after(.seconds(60 - number)))
                    #expect(try await queue.rings() == 1)
                }
            }
        }

        @Test func `the jobs about an object are listed by age`() async throws {
            try await withQueue { queue in
                for id in ["c", "a", "b"] {
                    try await queue.enqueue(id, JobOptions(object: "disk:7/x"))
                    try await queue.clock.advance(by: .milliseconds(5))
                }
                let key = queue.store.keys.object("disk:7/x", of: queue.name)
                #expect(try await queue.send("ZRANGE", key, "0", "-1").array?.map(\.string) == ["c", "a", "b"])
            }
        }

        @Test(
            arguments: [
                [0x00, 0xff, 0xfe, 0x80, 0x0d, 0x0a], Array("10000000000000001".utf8), Array("[]".utf8),
                Array("{}".utf8), Array((String(repeating: "[", count: 480) + String(repeating: "]", count: 480)).utf8),
                Array("1.0e2 \u{2028}\t".utf8), Array("\"\\u0000\"".utf8),
            ] as [[UInt8]]
        )
        func `a payload comes back byte for byte`(payload: [UInt8]) async throws {
            try await withQueue { queue in
                _ = try await queue.run(.enqueue, ["1000", "a", "greet", RedisArgument(payload), ""])
                #expect(try await queue.claimOne().payload == payload)
            }
        }

        @Test func `a full memory refuses jobs and still lets the running ones end`() async throws {
            try await withRedisServer(arguments: Role.users(prefix: "test-*")) { server in
                let queue = try TestQueue(server)
                let first = try await queue.running()
                let second = try await queue.running()
                _ = try await queue.send("CONFIG", "SET", "maxmemory", "1")
                do {
                    try await queue.enqueue("c")
                    Issue.record("enqueued without memory")
                } catch let error as JobError {
                    #expect(error.redis?.code == .oom)
                }
                #expect(try await queue.hash(queue.id("c")).isEmpty)
                #expect(try await queue.extend(first) == [.ok])
                #expect(try await queue.log(first, ["{}"]))
                #expect(try await queue.finish(first) == .done(.successful))
                #expect(try await queue.retry(second) == .done(.scheduled))
                try await expectConsistent(queue)
                await queue.close()
            }
        }
    }
}
