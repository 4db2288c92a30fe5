import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// `martlet doctor`: each line, with the situation that it is about.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct DoctorTests {
    private let yaml = """
        jobs:
          quick: {command: ["true"], queue: mail}
        """

    @Test func `where all is well every line is ok, and the exit code is 0`() async throws {
        let settings = [
            "--appendonly", "yes", "--hash-max-listpack-value", "1024", "--zset-max-listpack-entries", "16",
        ]
        try await withStage(arguments: settings) { stage in
            let worker = try await stage.worker(yaml)
            try await eventually("the worker is known") { try await !stage.inspector.workers().isEmpty }
            let ended = try await stage.martlet("doctor", "--verify")
            #expect(ended.status == 0 && ended.errors.isEmpty)
            let lines = ended.output.split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasPrefix("ok       ") }, "\(ended.output)")
            for text in [
                "Redis 7", "appendonly is on", " MiB in use (", "no replicas", "user martlet-operator may do what",
                "agree to within ", " are loaded", "1 worker", "1 queue,", "0 schedules, none late", "no archive",
                "mail: 0 jobs looked at, 0 findings",
            ] { #expect(lines.contains { $0.contains(text) }, "\(text): \(ended.output)") }

            let json = try await stage.martlet("doctor", "--json")
            let objects = try json.output.split(separator: "\n").map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            #expect(objects.count == lines.count - 1)
            #expect(objects.allSatisfy { $0["is"] as? String == "ok" && $0["remedy"] is NSNull })
            #expect(
                objects.compactMap { $0["subject"] as? String } == [
                    "server", "persistence", "memory", "replicas", "settings", "rights", "clock", "scripts", "workers",
                    "queues", "schedules", "archive",
                ]
            )
            let told = try await stage.martlet("doctor", "--show-redis").errors
            for line in ["INFO memory", "SMEMBERS martlet:queues", "ZREVRANGE martlet:workers 0 499 WITHSCORES"] {
                let program = "redis-cli -s \(stage.server.socketPath) --user martlet-viewer"
                #expect(told.contains("\(program) \(line)\n"), "\(line)")
            }
            worker.signal(SIGTERM)
        }
    }

    @Test func `settings that lose or waste are warned of, and one that evicts is wrong`() async throws {
        try await withStage { stage in
            // The default user may ask for settings.
            let root = ["MARTLET_REDIS_URL": stage.server.url]
            let ended = try await stage.martlet("doctor", environment: root)
            #expect(ended.status == 0)
            try expectLine(ended, "warning", "appendonly is off", "set appendonly yes")
            try expectLine(ended, "warning", "hash-max-listpack-value is 64", "set it to 1024")
            try expectLine(ended, "warning", "no worker lives", "start one with martlet work")
            try expectLine(
                try await stage.martlet("doctor"),
                "ok",
                "martlet-viewer may not ask for them (CONFIG GET)",
                ""
            )
            _ = try await stage.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory-policy", "allkeys-lru"]))
            let wrong = try await stage.martlet("doctor")
            #expect(wrong.status == 1)
            try expectLine(wrong, "wrong", "maxmemory-policy is allkeys-lru", "noeviction")
        }
    }

    @Test(arguments: [(70, "ok"), (87, "warning"), (99, "wrong")])
    func `memory that runs out is told before it has`(use: Int, word: String) async throws {
        try await withStage { stage in
            // So much that a connection more or less is nothing beside it.
            _ = try await stage.redis.send(RedisCommand("SETRANGE", ["filling", 40_000_000, "x"]))
            let info = try await stage.redis.send(RedisCommand("INFO", ["memory"])).string ?? ""
            let used = try #require(info.firstMatch(of: /used_memory:(\d+)/)?.output.1)
            let limit = try #require(Int(used)) * 100 / use
            _ = try await stage.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory", RedisArgument(limit)]))
            let ended = try await stage.martlet("doctor")
            try expectLine(ended, word, "% of maxmemory)", word == "ok" ? "" : "raise maxmemory")
            #expect(ended.status == (word == "wrong" ? 1 : 0))
        }
    }

    @Test func `a replica is wrong to work with, and a master tells of its replicas`() async throws {
        try await withStage(tcp: true) { stage in
            let port = RedisArgument(try #require(stage.server.port))
            try await withRedisServer(arguments: Role.users()) { replica in
                let client = try JobClient(redis: replica.url, logger: stage.jobs.logger)
                _ = try await client.store.redis.send(RedisCommand("REPLICAOF", ["127.0.0.1", port]))
                let url = ["MARTLET_REDIS_URL": replica.url(as: .viewer)]
                let begun = try await stage.martlet("doctor", environment: url)
                #expect(begun.status == 1)
                try expectLine(begun, "wrong", "this server is a replica of 127.0.0.1:", "use the master")
                try await eventually("the master knows it", within: .seconds(60)) {
                    try await stage.martlet("doctor").output.contains("is online, last heard of")
                }
                try expectLine(try await stage.martlet("doctor"), "ok", "replica 127.0.0.1:", "")
                await client.close()
            }
        }
    }

    @Test func `queues that nobody serves and types that nobody runs are named`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            _ = try await stage.enqueue("quick", "--queue", "letters")
            for _ in 0..<3 { _ = try await stage.enqueue("unheard.of", "--queue", "mail") }
            _ = try await stage.enqueue("strange", "--queue", "mail")
            try await eventually("the worker has looked at them", within: .seconds(60)) {
                try await stage.inspector.unknownTypes(queue: "mail").map(\.jobs) == [1, 3]
            }
            let ended = try await stage.martlet("doctor")
            #expect(ended.status == 0)
            try expectLine(ended, "warning", "no worker takes queue letters, where 1 job", "with the queue")
            try expectLine(
                ended,
                "warning",
                "queue mail knows the type unheard.of, of which 3 jobs wait",
                "that has it"
            )
            try expectLine(ended, "warning", "knows the type strange, of which 1 job", "that has it")
            worker.signal(SIGTERM)
        }
    }

    @Test func `schedules that are late are told with who should fire them; paused ones are not late`() async throws {
        try await withStage { stage in
            for name in ["late", "later", "paused"] {
                let ended = try await stage.martlet(
                    "schedule",
                    "set",
                    name,
                    "--cron",
                    "0 0 1 1 *",
                    "--type",
                    "quick",
                    "--queue",
                    "mail"
                )
                #expect(ended.status == 0, "\(ended.errors)")
            }
            #expect(try await stage.martlet("schedule", "pause", "paused").status == 0)
            try expectLine(try await stage.martlet("doctor"), "ok", "3 schedules, none late", "")
            let keys = stage.jobs.store.keys
            let now = try await stage.inspector.now().milliseconds
            func delay(_ name: String, _ milliseconds: Int64) async throws {
                let slot = RedisArgument(now - milliseconds)
                _ = try await stage.redis.send(
                    RedisCommand("HSET", [RedisArgument(keys.schedule(name)), "slot", slot])
                )
            }
            try await delay("late", 20_000)
            let early = try await stage.martlet("doctor")
            #expect(early.status == 0)
            try expectLine(early, "warning", "1 schedule late, late by ", "start a worker without --no-scheduler")
            try await delay("later", 3_600_000)
            try await delay("paused", 3_600_000)
            let late = try await stage.martlet("doctor")
            #expect(late.status == 1)
            try expectLine(late, "wrong", "2 schedules late, later by ", "no worker leads; start")
            _ = try await stage.jobs.store.lead("ada", lease: .seconds(60))
            try expectLine(try await stage.martlet("doctor"), "wrong", "worker ada leads", "martlet leader resign")
        }
    }

    @Test func `workers that do not claim or are stuck are named`() async throws {
        try await withStage { stage in
            try await stage.jobs.store.announce(
                "ada",
                fields: { now in [("queues", "mail"), ("claimed_at", "\(now.milliseconds - 60_000)"), ("stuck", "2")] },
                queues: ["mail"],
                forgottenAfter: .seconds(60),
                isThorough: true
            )
            let ended = try await stage.martlet("doctor")
            #expect(ended.status == 0)
            try expectLine(ended, "warning", "worker ada lives but has not claimed for 60 s", "see its log")
            try expectLine(ended, "warning", "worker ada runs 2 handlers", "restart it")
        }
    }

    /// They fired nothing any more once 1,000 such jobs were waiting, and nobody was told before.
    @Test func `jobs of schedules that no queue takes are told, with how long and with what will come of it`()
        async throws
    {
        try await withStage { stage in
            func push(_ queue: String, sequence: Int64) async throws {
                let entry =
                    #"{"sequence":\#(sequence),"schedule":"nightly","queue":"\#(queue)","id":"a","type":"x","payload":"{}","#
                    + #""options":"{}"}"#
                let list = RedisArgument(stage.inspector.store.keys.pending)
                _ = try await stage.redis.send(RedisCommand("RPUSH", [list, RedisArgument(entry)]))
            }
            #expect(!(try await stage.martlet("doctor").output.contains("has not taken")))
            let now = try await stage.inspector.now().milliseconds
            try await push("new", sequence: now * 1000)
            try await push("slow", sequence: (now - 20_000) * 1000)
            for _ in 0..<30 { try await push("bad", sequence: (now - 300_000) * 1000) }
            let ended = try await stage.martlet("doctor")
            #expect(ended.status == 1 && !ended.output.contains("queue new"))
            try expectLine(ended, "warning", "queue slow has not taken 1 job of schedules for", "the log of the worker")
            try expectLine(
                ended,
                "wrong",
                "queue bad has not taken 30 jobs of schedules for 5 min",
                "the log of the worker"
            )
            let list = RedisArgument(stage.inspector.store.keys.pending)
            _ = try await stage.redis.send(RedisCommand("RPUSH", [list, "odd"]))
            try expectLine(try await stage.martlet("doctor"), "wrong", "entries that are no jobs: 1", "with LREM")
        }
    }

    @Test func `the rights of the user and the scripts of the server are told`() async throws {
        try await withStage { stage in
            let none = try await stage.martlet("doctor")
            try expectLine(none, "ok", "user martlet-viewer may read, and run no script: a viewer", "")
            try expectLine(none, "ok", "user martlet-viewer may not load any (SCRIPT LOAD)", "")
            let url = ["MARTLET_REDIS_URL": stage.server.url(as: .operator)]
            let all = try await stage.martlet("doctor", environment: url)
            try expectLine(all, "ok", "scripts of ", "are loaded")
            func expectRoles(_ role: Role?, _ text: String) async throws {
                let url = ["MARTLET_REDIS_URL": stage.server.url(as: role)]
                try expectLine(try await stage.martlet("doctor", environment: url), "ok", text, "")
            }
            try await expectRoles(nil, "user default may do what these roles do: producer, worker, operator")
            try await expectRoles(.operator, "user martlet-operator may do what these roles do: producer, operator")
        }
    }

    @Test func `a job that is not where its hash says is wrong, with the remedy`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("quick", "--queue", "mail")
            let waiting = RedisArgument(stage.jobs.store.keys.state(.waiting, of: "mail"))
            _ = try await stage.redis.send(RedisCommand("ZREM", [waiting, RedisArgument(id.local)]))
            let wrong = try await stage.martlet("doctor", "--verify")
            #expect(wrong.status == 1)
            try expectLine(wrong, "wrong", "\(id): waiting by its hash, in no state set", "--verify --repair")
            let repaired = try await stage.martlet("doctor", "--verify", "--repair", "--as", "ada@web1")
            #expect(repaired.status == 0)
            try expectLine(repaired, "warning", "\(id): waiting by its hash", "moved")
            #expect(try await stage.martlet("audit").output.contains("ada@web1"))
            _ = try await stage.redis.send(RedisCommand("ZADD", [waiting, 1, "a b\u{1b}[2J"]))
            let odd = try await stage.martlet("doctor", "--verify")
            #expect(odd.status == 1)
            try expectLine(odd, "wrong", #"mail/a b\u{1b}[2J: in waiting without a hash"#, "--verify --repair")
        }
    }

    @Test func `an archive into which nothing comes is warned of, whatever stands in its record`() async throws {
        try await withStage { stage in
            func tell(_ fields: RedisArgument...) async throws {
                _ = try await stage.redis.send(RedisCommand("HSET", ["martlet:archiver"] + fields))
            }
            let now = try await stage.inspector.now()
            try await tell("seen_at", RedisArgument("\(now)"), "backlog", "7", "host", "ada", "path", "history.db")
            #expect(try await !stage.martlet("doctor").output.contains("none has been for"))
            try await tell("stalled_since", "1700000000000", "skipped", "2", "skipped_last", "default/x: its payload")
            let ended = try await stage.martlet("doctor")
            try expectLine(ended, "warning", "due to be moved to the archive, and none has been for", "--verify")
            try expectLine(ended, "warning", "too large to be moved: 2; the last default/x: its payload", "job delete")
            for value: RedisArgument in ["-9223372036854775808", "9223372036854775807", "1e308", "text"] {
                try await tell("stalled_since", value, "skipped", value, "skipped_last", value)
                #expect(try await [0, 1].contains(stage.martlet("doctor").status))
            }
        }
    }

    private func expectLine(
        _ ended: MartletProcess.Ended,
        _ word: String,
        _ text: String,
        _ remedy: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let line = ended.output.split(separator: "\n").first {
            $0.contains(text) && (remedy.isEmpty || $0.contains(remedy))
        }
        let shown = Comment(rawValue: "\(text): \(ended.output) \(ended.errors)")
        #expect(
            line?.hasPrefix(word.padding(toLength: 9, withPad: " ", startingAt: 0)) == true,
            shown,
            sourceLocation: sourceLocation
        )
    }
}
