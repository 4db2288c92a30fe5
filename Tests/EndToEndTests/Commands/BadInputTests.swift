import Foundation
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// What people get wrong: a code to go by, a sentence that names the field, the value and what would be right, nothing
/// on standard output, and nothing written.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        var input: String?
        let status: Int32
        let says: [String]

        init(_ arguments: String..., input: String? = nil, status: Int32, says: String...) {
            self.arguments = arguments
            self.input = input
            self.status = status
            self.says = says
        }

        init(_ arguments: [String], status: Int32, says: [String]) {
            self.arguments = arguments
            self.status = status
            self.says = says
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    private static let cases = [
        Case(
            "job",
            "enqueue",
            "x",
            "-",
            input: "\"\(String(repeating: "x", count: 300_000))\"",
            status: 1,
            says: "payload",
            "300002 bytes",
            "at most 262144 bytes"
        ),
        Case("job", "enqueue", "x", #"{"a":"#, status: 1, says: "payload", #"{"a":"#, "must be JSON"),
        Case("job", "enqueue", "x", "-", input: "", status: 1, says: "payload", "must be JSON"),
        Case("job", "enqueue", "x", #"{"a":1,}"#, status: 1, says: "payload", "followed by no value at position 8"),
        Case("job", "enqueue", "x", "-", input: "\u{feff}{}", status: 1, says: "payload", "byte order mark"),
        Case("job", "enqueue", "x", "--id", "user:42", status: 1, says: #"id: "user:42""#, "for example user.42"),
        Case(
            "schedule",
            "set",
            "Daily report",
            "--type",
            "x",
            "--cron",
            "@daily",
            status: 1,
            says: #"schedule: "Daily report""#,
            "Daily.report"
        ),
        Case("job", "enqueue", "a b", status: 1, says: "type", #""a b""#, "use 1 to 128 of A-Z a-z 0-9 . _ -"),
        Case("job", "enqueue", "a\u{1b}[2Jb", status: 1, says: "type", #""a\u{1b}[2Jb""#),
        Case("job", "enqueue", "", status: 1, says: "type", #""""#),
        Case("job", "enqueue", "x", "--queue", "a/b", status: 1, says: "queue", #""a/b""#, "use 1 to 128 of"),
        Case("job", "enqueue", "x", "--id", "a b", status: 1, says: "id", #""a b""#, "use 1 to 128 of"),
        Case("job", "enqueue", "x", "--priority", "101", status: 1, says: "priority", "101", "from -100 to 100"),
        Case("job", "enqueue", "x", "--max-retries", "1001", status: 1, says: "max_retries", "1001", "from 0 to 1000"),
        Case("job", "enqueue", "x", "--object", "", status: 1, says: "object", "1 to 256 bytes"),
        Case("job", "enqueue", "x", "--in=-5s", status: 64, says: "'-5s'", "--in", "for example 500ms, 30s"),
        Case("job", "enqueue", "x", "--in", "5", status: 64, says: "'5'", "--in", "for example 500ms, 30s"),
        Case("job", "enqueue", "x", "--at", "1e300", status: 64, says: "1e300", "from 1970 to 9999"),
        Case("job", "enqueue", "x", "--at", "nan", status: 64, says: "nan", "from 1970 to 9999"),
        Case("job", "enqueue", "x", "--at", "tomorrow", status: 64, says: "'tomorrow'", "--at", "2026-11-23T12:00:00Z"),
        Case("job", "enqueue", "x", "--at", "2026-02-30", status: 64, says: "'2026-02-30'", "--at", "2026-11-23"),
        Case("job", "list", "--since", "2026-13-01", status: 64, says: "'2026-13-01'", "--since", "2026-11-23"),
        Case(
            "job",
            "enqueue",
            "x",
            "--in",
            "5s",
            "--at",
            "1795874417000",
            status: 64,
            says: "--in and --at exclude each other"
        ),
        Case("job", "enqueue", status: 64, says: "'<type>'"),
        Case("job", "show", "a/b", status: 3, says: "there is no job a/b"),
        Case("job", "logs", "a/b", status: 3, says: "there is no job a/b"),
        Case("job", "cancel", "a/b", status: 3, says: "there is no job a/b"),
        Case("job", "restart", "a/b", status: 3, says: "there is no job a/b"),
        Case("job", "list", status: 3, says: "no jobs"),
        Case("job", "list", "--queue", "a b", status: 1, says: "queue", #""a b""#, "use 1 to 128 of"),
        Case("job", "list", "--limit", "0", status: 64, says: "--limit", "0", "1 to 500"),
        Case("job", "list", "--status", "done", status: 64, says: "'done'", "--status", "successful"),
        Case("job", "show", "ab", status: 64, says: #"job id: "ab""#, "write queue/id, for example mail/01jd3x"),
        Case("job", "logs", "ab", status: 64, says: #"job id: "ab""#, "write queue/id, for example mail/01jd3x"),
        Case(
            "job",
            "cancel",
            "a/b/c",
            status: 64,
            says: #"job id: "a/b/c""#,
            "write queue/id, for example mail/01jd3x"
        ),
        Case("job", "restart", "a b/c", status: 64, says: #"queue: "a b""#, "use 1 to 128 of A-Z a-z 0-9 . _ -"),
        Case("job", "show", "a/b", "--lines=-1", status: 64, says: "--lines -1: use 0 to 10000"),
        Case("job", "show", "a/b", "--lines", "10001", status: 64, says: "--lines 10001: use 0 to 10000"),
        Case("job", "logs", "a/b", "--attempt", "0", status: 64, says: "--attempt", "0"),
        Case("stats", "--redis", "ftp://x", status: 1, says: "Redis URL", "'ftp'", "use redis, rediss, unix"),
        Case("stats", "--prefix", "a b", status: 1, says: "prefix", #""a b""#, "use 1 to 128 of"),
        Case("doctor", "--repair", status: 64, says: "--repair goes with --verify"),
        Case("script", "nosuch", status: 64, says: "'nosuch'", "enqueue"),
        Case("nosuch", status: 64, says: "nosuch"),
        Case("work", "-c", "none.yaml", status: 1, says: "none.yaml", "No such file or directory"),
        Case(
            "work",
            "-c",
            "unknown.yaml",
            status: 1,
            says: "unknown.yaml:4: jobs.a.comand",
            "known are command, queue"
        ),
        Case("work", "-c", "broken.yaml", status: 1, says: "broken.yaml:3: is not YAML"),
        Case("work", "-c", "good.yaml", "--lease", "10ms", status: 1, says: "lease", "use 1 second to 1 hour"),
        Case("work", "-c", "good.yaml", "--concurrency", "0", status: 64, says: "--concurrency 0: use 1 to 4096"),
        Case("work", "-c", "good.yaml", "--crash-limit", "0", status: 64, says: "--crash-limit 0: use 1 to 100"),
        Case("work", "-c", "good.yaml", "--concurrency", "4097", status: 64, says: "--concurrency 4097: use 1 to 4096"),
        Case("dev", "-c", "good.yaml", "--concurrency", "4097", status: 64, says: "--concurrency 4097: use 1 to 4096"),
        Case("dev", "-c", "none.yaml", status: 1, says: "none.yaml", "No such file or directory"),
    ]

    @Test func `each is refused with a code and a sentence, and nothing is written`() async throws {
        try await withStage { stage in
            try stage.write("jobs:\n  a:\n    command: [x]\n    comand: [x]\n", to: "unknown.yaml")
            try stage.write("jobs:\n  a: {\n", to: "broken.yaml")
            try stage.write("jobs:\n  a:\n    command: [x]\n", to: "good.yaml")
            for wrong in Self.cases {
                let ended = try await stage.martlet(wrong.arguments, input: wrong.input)
                #expect(ended.status == wrong.status, "\(wrong.testDescription): \(ended.errors)")
                #expect(ended.output.isEmpty, "\(wrong.testDescription): \(ended.output)")
                for text in wrong.says {
                    #expect(ended.errors.contains(text), "\(wrong.testDescription): \(ended.errors)")
                }
                let keys = try await stage.redis.send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.string)
                #expect(keys == [], "\(wrong.testDescription)")
                #expect(!FileManager.default.fileExists(atPath: "\(stage.folder)/.martlet"))
            }
        }
    }

    @Test func `a Redis that is not there is named, and the command ends soon`() async throws {
        try await withStage { stage in
            let url = "unix://\(stage.folder)/nobody.sock"
            for command in [["stats"], ["job", "list"], ["job", "enqueue", "x"]] {
                let ended = try await stage.martlet(command + ["--redis", url])
                #expect(ended.status == 1)
                #expect(ended.output.isEmpty)
                #expect(ended.errors.contains("nobody.sock"), "\(ended.errors)")
            }
        }
    }

    @Test func `a wrong password is said to be wrong, and never printed`() async throws {
        try await withStage(arguments: ["--requirepass", "the-right-one"], tcp: true) { stage in
            let port = try #require(stage.server.port)
            try stage.write("jobs:\n  a:\n    command: [x]\n", to: "good.yaml")
            let commands = [
                ["stats"], ["job", "list"], ["job", "enqueue", "x"], ["job", "show", "a/b"],
                ["work", "-v", "-c", "good.yaml"],
            ]
            for command in commands {
                for user in ["", "somebody"] {
                    let url = "redis://\(user):the-wr0ng-one@127.0.0.1:\(port)"
                    let ended = try await stage.martlet(command, environment: ["MARTLET_REDIS_URL": url])
                    #expect(ended.status == 1)
                    #expect(ended.errors.contains("wrong password"), "\(command): \(ended.errors)")
                    #expect(!ended.errors.contains("the-wr0ng-one"), "\(ended.errors)")
                    #expect(ended.output.isEmpty)
                }
            }
            let none = try await stage.martlet("stats", "--redis", "redis://127.0.0.1:\(port)")
            #expect(none.status == 1)
            #expect(none.errors.contains("wants a password"), "\(none.errors)")
            let right = try await stage.martlet("stats", "--redis", "redis://:the-right-one@127.0.0.1:\(port)")
            #expect(right.status == 0)
        }
    }

    @Test func `a server that evicts keys is refused, with the remedy`() async throws {
        try await withStage(arguments: ["--maxmemory-policy", "allkeys-lru"]) { stage in
            try stage.write("jobs:\n  a:\n    command: [x]\n", to: "good.yaml")
            for command in [["job", "enqueue", "x"], ["work", "-c", "good.yaml"]] {
                let ended = try await stage.martlet(command)
                #expect(ended.status == 1)
                #expect(ended.errors.contains("maxmemory-policy is allkeys-lru"), "\(ended.errors)")
                #expect(ended.errors.contains("CONFIG SET maxmemory-policy noeviction"))
                #expect(ended.output.isEmpty)
            }
            #expect(try await stage.redis.send(RedisCommand("DBSIZE")).int == 0)
        }
    }

    @Test func `a server that keeps nothing on disk is warned of`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker("jobs:\n  a:\n    command: [x]\n")
            #expect(worker.errors.contains("appendonly is off"))
            #expect(worker.errors.contains("CONFIG SET appendonly yes"))
        }
        try await withStage(arguments: ["--appendonly", "yes"]) { stage in
            let worker = try await stage.worker("jobs:\n  a:\n    command: [x]\n")
            #expect(!worker.errors.contains("appendonly"))
        }
    }

    @Test func `a Redis that is too old is refused`() async throws {
        try await withStage { stage in
            try stage.write("jobs:\n  a:\n    command: [x]\n", to: "good.yaml")
            try await FakeRedis.run(version: "6.2.1") { url in
                for command in [["job", "enqueue", "x"], ["work", "-c", "good.yaml"]] {
                    let ended = try await stage.martlet(command + ["--redis", url])
                    #expect(ended.status == 1)
                    #expect(
                        ended.errors.contains("Redis 6.2.1 is too old: Martlet needs 7.0 or later"),
                        "\(ended.errors)"
                    )
                    #expect(ended.output.isEmpty)
                }
            }
        }
    }
}
