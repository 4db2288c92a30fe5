import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// Whatever stands in a field, a score or a line in Redis, who reads it says what is wrong, or shows it, and ends.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct HostileFieldTests {
    /// Work is bounded by rounds; where everything is tested, by time.
    private static let everywhere = ProcessInfo.processInfo.environment["MARTLET_TEST_EVERYWHERE"] != nil
    private static let rounds = everywhere ? Int.max : 40
    private static let seed: UInt64 = everywhere ? .random(in: 0 ... .max) : 20_261_128

    private static let readers: [[String]] = [
        ["job", "list", "--all"], ["job", "list", "--all", "--json", "--sort", "newest"],
        ["job", "list", "--sort", "oldest", "--json"], ["job", "list", "--object", "disk/1"],
        ["job", "list", "--schedule", "often", "--all"], ["job", "show", "default/good"],
        ["job", "show", "default/bad", "--json"], ["job", "explain", "default/slow"],
        ["job", "explain", "default/late", "--json"], ["job", "logs", "default/good"],
        ["job", "logs", "default/bad", "--json"], ["queue", "list"], ["queue", "list", "--json"],
        ["queue", "show", "default"], ["schedule", "list"], ["schedule", "list", "--json"],
        ["schedule", "show", "often"], ["schedule", "show", "often", "--json"], ["schedule", "slots", "often"],
        ["schedule", "preview", "often"], ["worker", "list"], ["worker", "list", "--json"], ["leader", "show"],
        ["stats"], ["stats", "--json"], ["doctor"], ["doctor", "--verify", "--json"], ["audit"], ["audit", "--json"],
        ["job", "restart", "--status", "error", "--dry-run"], ["job", "delete", "--all", "--dry-run"],
    ]

    @Test func `no value in Redis ends a reader by a signal, keeps it busy or gets through to a terminal`() async throws
    {
        try await withStage { stage in
            let worker = try await populate(stage)
            var store = DamagedStore(stage.redis, SplitMix64(seed: Self.seed))
            try await store.remember()
            let end = ContinuousClock.now + .seconds(600)
            for round in 0..<Self.rounds {
                if Self.everywhere, ContinuousClock.now >= end { break }
                let damage = try await store.damage()
                for _ in 0..<4 {
                    let reader = store.pick(Self.readers) ?? []
                    let ended = try await stage.martlet(reader)
                    let what = "seed \(Self.seed), round \(round), \(reader): \(damage): \(ended.errors)"
                    #expect((0..<128).contains(ended.status), "status \(ended.status), \(what)")
                    expectHarmless(ended.output + ended.errors, what)
                    guard reader.contains("--json"), ended.status == 0 else { continue }
                    for line in ended.output.split(separator: "\n") {
                        #expect(throws: Never.self, "\(line), \(what)") {
                            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
                        }
                    }
                }
                #expect(
                    worker.isRunning,
                    "the worker ended in round \(round): \(damage): \(worker.errors.suffix(2000))"
                )
                try await store.restore()
            }
            worker.signal(SIGTERM)
            let ended = try await worker.ended()
            #expect(ended.status == 0, "\(ended.errors.suffix(2000))")
        }
    }

    private func expectHarmless(_ text: String, _ what: String) {
        let harmful = text.unicodeScalars.first { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: scalar != "\n" && scalar != "\t"
            default: false
            }
        }
        #expect(harmful == nil, "printed U+\(String(harmful?.value ?? 0, radix: 16)), \(what)")
    }

    /// Jobs in every state, a schedule with a ledger, a leader, counts, an audit list, a paused queue, an archiver.
    private func populate(_ stage: Stage) async throws -> MartletProcess {
        let worker = try await stage.worker(
            """
            concurrency: 4
            jobs:
              good: {command: [sh, -c, 'echo fine; echo ::warning::odd']}
              bad: {command: [sh, -c, 'echo gone >&2; exit 3'], max_retries: 1, backoff: 10ms}
              slow: {command: [sleep, '600']}
            schedules:
              often: {cron: '* * * * * *', job: good, payload: {a: 1}, overlap: allow}
            """
        )
        for type in ["good", "bad", "slow"] { _ = try await stage.enqueue(type, "--id", type, "--object", "disk/1") }
        _ = try await stage.enqueue("good", "--id", "late", "--in", "1h", "--priority", "5", "--retention", "1h")
        _ = try await stage.enqueue("strange", "--id", "strange")
        _ = try await stage.enqueue("good", "--id", "halted", "--queue", "halted")
        #expect(try await stage.martlet("queue", "pause", "halted").status == 0)
        #expect(try await stage.martlet("job", "cancel", "default/late").status == 0)
        _ = try await stage.enqueue("good", "--id", "later", "--in", "1h")
        try await stage.wait(for: JobID("default/good"), .warning)
        try await stage.wait(for: JobID("default/bad"), .error)
        try await stage.wait(for: JobID("default/slow"), .running)
        let archiver: [RedisArgument] = [
            "martlet:archiver", "worker", "w", "path", "/a", "seen_at", "1", "skipped", "2",
        ]
        _ = try await stage.redis.send(RedisCommand("HSET", archiver))
        try await eventually("the schedule has fired") { try await !stage.inspector.slots(of: "often").isEmpty }
        return worker
    }
}

/// A store that is damaged at random, and put back to how it was.
private struct DamagedStore {
    private let redis: RedisClient
    private var random: SplitMix64
    private var contents: [(key: RedisArgument, dump: [UInt8])] = []
    private var types: [String: String] = [:]

    private static let values = [
        "", "0", "-1", "-0", "1.5", "1e308", "-1e308", "inf", "-inf", "nan", "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808", "99999999999999999999999", "0x7f", "253402300800000", "1795902244479", " 1", "null",
        "true",
        "{}", "[]", "[", "\"", "{\"a\":1,}", "\u{1b}[2J", "\u{202e}", "\r\nforged", "\u{0}", "\u{9b}2J", "é", "a b",
        "*", "mail/x",
        String(repeating: "a", count: 5000), String(repeating: "[", count: 5000),
        "undeclared since 99999999999999999999",
        #"{"time":1e308,"level":7,"attempt":-1}"#, #"{"time":-9223372036854775808,"message":"\u001b[2J"}"#,
        #"{"fraction":1e308,"note":"\u202e"}"#, #"{"fraction":-1}"#,
        #"{"sequence":9223372036854775807,"schedule":"a","queue":"b","id":"c","type":"d","payload":"{}","options":"{}"}"#,
        #"{"sequence":-9223372036854775808,"schedule":"a","queue":"b","id":"c","type":"d","payload":"{}","options":"{}"}"#,
    ]
    private static let scores = ["-inf", "inf", "1e308", "-1e308", "0", "-1", "0.5", "9e15", "1e19", "-1e19", "4e15"]

    init(_ redis: RedisClient, _ random: SplitMix64) {
        self.redis = redis
        self.random = random
    }

    mutating func pick<Value>(_ values: [Value]) -> Value? { values.randomElement(using: &random) }

    /// Remembers what is there.
    mutating func remember() async throws {
        for key in try await texts("KEYS", "*").sorted() {
            types[key] = try await redis.send(RedisCommand("TYPE", [RedisArgument(key)])).string
            // Nil when it has expired meanwhile.
            guard let dump = try await redis.send(RedisCommand("DUMP", [RedisArgument(key)])).bytes else { continue }
            contents.append((RedisArgument(key), dump))
        }
    }

    /// Puts it back as it was.
    func restore() async throws {
        let commands = contents.map { RedisCommand("RESTORE", [$0.key, "0", RedisArgument($0.dump), "REPLACE"]) }
        for result in await redis.send([RedisCommand("FLUSHALL")] + commands) { _ = try result.get() }
    }

    /// Puts one to five odd values somewhere.
    /// - Returns: which, for a failure to name.
    mutating func damage() async throws -> String {
        var told: [String] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            guard let key = pick(types.keys.sorted()), let value = pick(Self.values) else { continue }
            let command = try await odd(key, value)
            // A key may be gone, or of another type by now.
            _ = try? await redis.send(command)
            told.append("\(command.name) \(command.arguments.map(\.text))")
        }
        return told.joined(separator: "; ")
    }

    private mutating func odd(_ key: String, _ value: String) async throws -> RedisCommand {
        let (name, odd) = (RedisArgument(key), RedisArgument(value))
        if Int.random(in: 0..<20, using: &random) == 0 { return RedisCommand("SET", [name, odd]) }
        switch types[key] {
        case "hash":
            let field = pick(try await texts("HKEYS", key).sorted()) ?? "state"
            return RedisCommand("HSET", [name, RedisArgument(field), odd])
        case "zset":
            let member = Bool.random(using: &random) ? pick(try await texts("ZRANGE", key, "0", "-1")) : nil
            let score = pick(Self.scores) ?? "0"
            return RedisCommand("ZADD", [name, RedisArgument(score), member.map { RedisArgument($0) } ?? odd])
        case "list":
            return Bool.random(using: &random)
                ? RedisCommand("RPUSH", [name, odd]) : RedisCommand("LSET", [name, "0", odd])
        case "set": return RedisCommand("SADD", [name, odd])
        default: return RedisCommand("SET", [name, odd])
        }
    }

    /// None where the round has made the key another type already.
    private func texts(_ name: String, _ arguments: String...) async throws -> [String] {
        let command = RedisCommand(name, arguments.map { RedisArgument($0) })
        guard case .success(let reply) = await redis.send([command])[0] else { return [] }
        return reply.array?.compactMap(\.string) ?? []
    }
}
