import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// What `martlet stats` tells of what happened lately.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct StatsTests {
    private let yaml = """
        jobs:
          good: {command: [sh, -c, "sleep 0.05"]}
          bad: {command: ["false"], max_retries: 1, backoff: 100ms}
        """

    /// A queue in which three jobs succeeded and one failed twice.
    private func withJobs(_ body: (Stage) async throws -> Void) async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            var ids: [JobID] = []
            for _ in 1...3 { ids.append(try await stage.enqueue("good")) }
            for id in ids { try await stage.wait(for: id, .successful) }
            try await stage.wait(for: try await stage.enqueue("bad"), .error)
            _ = try await stage.enqueue("good", "--in", "1h")
            worker.signal(SIGTERM)
            _ = try await worker.ended()
            try await body(stage)
        }
    }

    private func objects(_ text: String) -> [[String: JSONValue]] {
        text.split(separator: "\n").compactMap { fields(JSONValue(String($0))) }
    }

    private func fields(_ value: JSONValue?) -> [String: JSONValue]? {
        if case .object(let fields) = value { fields } else { nil }
    }

    private func number(_ value: JSONValue?) -> Double {
        switch value {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: .nan
        }
    }

    @Test func `what came, how it ended, and how long it took agrees with what happened`() async throws {
        try await withJobs { stage in
            try expectJobs(objects(try await stage.martlet("stats", "--json").output))
        }
    }

    private func expectJobs(_ lines: [[String: JSONValue]]) throws {
        let queue = try #require(lines.first { $0["queue"] == .string("default") && $0["type"] == nil })
        #expect(queue["scheduled"] == .integer(1) && queue["successful"] == .integer(3))
        #expect(queue["error_share"] == .number(0.25))
        let hour = try #require(fields(queue["hour"]))
        let span = number(hour["span_ms"])
        #expect((3_600_000..<7_200_000).contains(span))
        for (name, count) in ["enqueued": 5, "successful": 3, "error": 1, "retried": 1, "cancelled": 0] {
            #expect(hour[name] == .integer(Int64(count)), "\(name)")
        }
        #expect(abs(number(queue["in_per_second"]) - 5000 / span) < 0.0001)
        for last in ["hour", "day"] {
            let types = lines.filter { $0["last"] == .string(last) }
            #expect(types.compactMap { $0["type"] } == [.string("bad"), .string("good")])
            #expect(types.compactMap { $0["runs"] } == [.integer(2), .integer(3)])
            #expect(types.compactMap { $0["error"] } == [.integer(1), .integer(0)])
            #expect(number(fields(types.last?["run_ms"])?["p50"]) >= 32, "it slept for 50 ms")
        }
    }

    @Test func `eighty columns are enough, and each figure says of which time it is`() async throws {
        try await withJobs { stage in
            let ended = try await stage.martlet("stats", "--show-redis")
            for text in [
                "QUEUE    WAITING  OLDEST  SCHEDULED  RUNNING  IN/S", "IN/S, OUT/S and ERRORS of the last ", "  25.0 %",
                "default, kept", "default, last ",
                "LAST ", "No workers: nothing will run.",
            ] { #expect(ended.output.contains(text), "\(text) in \(ended.output)") }
            #expect(ended.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(ended.output)")
            let reads = ended.errors.split(separator: "\n").filter { $0.contains("HGETALL 'martlet:{default}:counts:") }
            #expect(reads.count == 25)
        }
    }

    @Test func `a watch shows what came since the last look, until it is interrupted`() async throws {
        try await withStage { stage in
            _ = try await stage.enqueue("x")
            _ = try await stage.redis.send(RedisCommand("SADD", ["martlet:queues", "default"]))
            let watch = try stage.start("stats", "--watch", "--every", "100ms", "--json")
            try await eventually("it looks again") { objects(watch.output).count > 1 }
            for _ in 1...3 { _ = try await stage.enqueue("x") }
            func waiting() -> Bool { objects(watch.output).last?["waiting"] == .integer(4) }
            try await eventually("it has seen them") { waiting() }
            watch.signal(SIGINT)
            let ended = try await watch.ended()
            #expect((ended.status, ended.errors) == (0, ""))
            // The first look has the rates of the hour; all others add up to what came.
            var came = 0.0
            for look in objects(ended.output).dropFirst() {
                came += number(look["in_per_second"]) * number(look["rate_ms"]) / 1000
            }
            #expect(abs(came - 3) < 0.01, "\(ended.output)")
        }
    }

    @Test func `elsewhere than on a terminal a watch prints block after block`() async throws {
        try await withStage { stage in
            let watch = try stage.start("stats", "--watch", "--every", "100ms")
            func blocks() -> Int { watch.output.components(separatedBy: "QUEUE ").count - 1 }
            try await eventually("three looks") { blocks() >= 3 }
            watch.signal(SIGTERM)
            let ended = try await watch.ended()
            #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
            #expect(!ended.output.contains("\u{1b}"))
            #expect(ended.output.contains("No workers: nothing will run.\n"))
        }
    }

    @Test func `on a terminal a watch draws in place, and leaves it as it was`() async throws {
        try await withJobs { stage in
            let command = #"timeout --foreground --preserve-status -s INT 3 "$MARTLET" stats --watch --every 200ms"#
            let ended = try await stage.start(
                "-qec",
                command,
                "/dev/null",
                executable: "/usr/bin/script",
                environment: [
                    "MARTLET": MartletProcess.martlet, "TERM": "xterm",
                    "MARTLET_REDIS_URL": stage.server.url(as: .viewer),
                ]
            ).ended()
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(ended.output.hasPrefix("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[H"))
            #expect(ended.output.hasSuffix("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"))
            #expect(ended.output.components(separatedBy: "\u{1b}[H").count > 2, "it looked again")
            #expect(ended.output.contains("default, kept"), "\(ended.output)")
            #expect(ended.output.contains("RUN P50"))
        }
    }

    @Test func `a watch outlives an outage of Redis`() async throws {
        try await withStage { stage in
            let watch = try stage.start("stats", "--watch", "--every", "100ms")
            try await eventually("a look") { watch.output.contains("QUEUE") }
            stage.server.kill()
            try await eventually("it says what is wrong", within: .seconds(60)) { !watch.errors.isEmpty }
            try await stage.server.restart()
            let before = watch.output.count
            try await eventually("it looks again", within: .seconds(60)) { watch.output.count > before }
            watch.signal(SIGINT)
            #expect(try await watch.ended().status == 0)
        }
    }

    @Test func `what somebody planted among the counts is shown escaped, and hurts nothing`() async throws {
        try await withStage { stage in
            let hour = try await stage.inspector.now().milliseconds / 3_600_000
            let hostile = "evil\u{1b}[2J\u{7}"
            _ = try await stage.redis.send(RedisCommand("SADD", ["martlet:queues", "q"]))
            for name in ["\(hostile) run <12ms", "\(hostile) error", "enqueued", "error", "x wait <1073741824ms"] {
                let key = RedisArgument("martlet:{q}:counts:\(hour)")
                let number = RedisArgument("9223372036854775807")
                _ = try await stage.redis.send(RedisCommand("HSET", [key, RedisArgument(name), number]))
            }
            for arguments in [["stats"], ["stats", "--json"]] {
                let ended = try await stage.martlet(arguments)
                #expect(ended.status == 0 && ended.output.contains("evil"), "\(ended.errors)")
                #expect(!ended.output.contains("\u{1b}") && !ended.output.contains("\u{7}"))
            }
        }
    }

    @Test func `how often it looks is bounded, and goes with watching only`() async throws {
        try await withStage { stage in
            for arguments in [["--watch", "--every", "1ms"], ["--watch", "--every", "2h"], ["--every", "2s"]] {
                let ended = try await stage.martlet(["stats"] + arguments)
                #expect(ended.status == 64 && ended.errors.contains("--every"), "\(arguments)")
            }
        }
    }
}
