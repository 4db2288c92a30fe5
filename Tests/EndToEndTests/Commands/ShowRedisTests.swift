import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// `--show-redis` on every command that reads: the lines are the commands that it sends, and a shell takes them.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ShowRedisTests {
    private static let object = "it's \"an\" object $(id) `id` \\x é\u{1b}[2J\n\u{202e};"
    private static let worker = "w 'one' \"two\"\u{1b}]0;x\u{7}"

    @Test func `the lines that a read prints send what it sends, whatever is in them`() async throws {
        try await withStage { stage in
            let id = try await plant(stage)
            let monitor = try await Monitor(stage)
            for command in [
                ["job", "list", "--all"], ["job", "list", "--object", Self.object], ["job", "list", "--error", "x"],
                ["job", "list", "--schedule", "nightly"], ["job", "list", "--since", "1h", "--status", "error"],
                ["job", "show", "\(id)"], ["job", "show", "q/no"], ["job", "logs", "\(id)"], ["job", "wait", "\(id)"],
                ["job", "explain", "\(id)"], ["job", "explain", "q/waits"], ["queue", "list"], ["queue", "show", "q"],
                ["worker", "list"], ["worker", "show", Self.worker], ["schedule", "list"],
                ["schedule", "show", "nightly"], ["schedule", "slots", "nightly"],
                ["schedule", "preview", "nightly"], ["leader", "show"], ["audit"], ["stats"],
            ] {
                let name = command.joined(separator: " ")
                var lines: [String] = []
                let sent = try await monitor.commands {
                    let ended = try await stage.martlet(command + ["--show-redis"])
                    // What waited for a failed job exits with 1.
                    let expected: [Int32] = command.contains("wait") ? [1] : [0, 3]
                    #expect(expected.contains(ended.status), "\(name): \(ended.errors)")
                    lines = ended.errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("redis-cli ") }
                }
                #expect(!sent.isEmpty && !lines.isEmpty, "\(name)")
                #expect(lines.joined().unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }, "\(name)")
                let repeated = try await monitor.commands {
                    let shell = try stage.start("-ec", lines.joined(separator: "\n"), executable: "/bin/sh")
                    let ended = try await shell.ended()
                    #expect(ended.status == 0, "\(name): \(ended.errors)")
                    #expect(!ended.output.contains("ERR ") && !ended.output.contains("WRONGTYPE "), "\(name)")
                }
                #expect(sent.symmetricDifference(repeated).isEmpty, "\(name)")
            }
        }
    }

    @Test func `the lines say where the server is, and never the password`() async throws {
        try await withStage(arguments: ["--requirepass", "s3cret"], tcp: true) { stage in
            let port = try #require(stage.server.port)
            let url = "redis://:s3cret@127.0.0.1:\(port)/2"
            let ended = try await stage.martlet("queue", "list", "--redis", url, "--show-redis")
            #expect(ended.errors.contains("redis-cli -p \(port) -n 2 SMEMBERS martlet:queues\n"), "\(ended.errors)")
            #expect(!ended.errors.contains("s3cret"))
        }
    }

    /// A job that failed and one that waits, a worker, a schedule that ran, a leader, and an operator's doings.
    private func plant(_ stage: Stage) async throws -> JobID {
        let options = JobOptions(queue: "q", object: Self.object)
        let jobs = try ["failed", "waits"].map { try NewJob(type: "x", json: "{}", id: $0, options: options) }
        _ = try await stage.jobs.enqueue(jobs)
        _ = try await stage.jobs.store.lead(Self.worker, lease: .seconds(600))
        try await stage.jobs.store.announce(
            Self.worker,
            fields: { _ in [("queues", "q"), ("running", "1"), ("concurrency", "2"), ("jobs", "q/failed")] },
            queues: ["q"],
            forgottenAfter: .seconds(600),
            isThorough: true
        )
        let hash = RedisArgument("martlet:{q}:job:failed")
        for command in [
            RedisCommand("HSET", [hash, "state", "error", "finished_at", "5", "error", "x"]),
            RedisCommand("ZREM", ["martlet:{q}:waiting", "failed"]),
            RedisCommand("ZADD", ["martlet:{q}:error", "5", "failed"]),
            RedisCommand("RPUSH", ["martlet:{q}:log:failed", "no JSON"]),
        ] { _ = try await stage.redis.send(command) }
        let set = try await stage.martlet("schedule", "set", "nightly", "--cron", "0 3 * * *", "--type", "x")
        #expect(set.status == 0, "\(set.errors)")
        #expect(try await stage.martlet("schedule", "run", "nightly").status == 0)
        #expect(try await stage.martlet("queue", "pause", "q").status == 0)
        return jobs[0].id
    }
}
