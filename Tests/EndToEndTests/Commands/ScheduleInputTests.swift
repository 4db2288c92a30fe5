import MartletTesting
import RedisClient
import Testing

/// What people get wrong about schedules: refused with the field, the value, where it stands and what would be right.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ScheduleInputTests {
    private typealias Case = BadInputTests.Case

    private static func set(_ arguments: String..., status: Int32 = 1, says: String...) -> Case {
        Case(["schedule", "set", "a"] + arguments, status: status, says: says)
    }

    private static let cases = [
        set("--type", "x", "--cron", "0 25 * * *", says: #"cron hour: "25" at position 3"#, "use 0 to 23"),
        set("--type", "x", "--cron", "0 3 * * MOX", says: #"cron day of week: "MOX" at position 9"#, "SUN to SAT"),
        set("--type", "x", "--cron", "*/0 * * * *", says: #"cron minute: "0" at position 3"#, "a step of 1 to 60"),
        set("--type", "x", "--cron", "0 22-4 * * *", says: #"cron hour: "22-4" at position 3"#, "22-23,0-4"),
        set("--type", "x", "--cron", "0 0 30 2 *", says: #"day of month: "30" at position 5"#, "at most 29 days"),
        set("--type", "x", "--cron", "0 3 * *", says: #"cron expression: "0 3 * *" at position 8"#, "write five"),
        set("--type", "x", "--cron", "", says: #"cron expression: "" at position 1"#, "write five"),
        set("--type", "x", "--cron", "\u{1b}]0;x\u{7} * * * *", says: #"cron minute: "\u{1b}]0;x\u{7}" at position 1"#),
        set("--type", "x", "--cron", "0 3 ? * *", says: #"cron day of month: "?" at position 5"#, "use * for any"),
        set("--type", "x", "--cron", "0 0 3 * * * 2027", says: "cron expression", "write five"),
        set("--type", "x", "--cron", "@often", says: #"cron expression: "@often""#, "@daily @hourly"),
        set(
            "--type",
            "x",
            "--cron",
            "@daily",
            "--zone",
            "Mars/Base",
            says: #"time zone: "Mars/Base""#,
            "Europe/Berlin"
        ),
        set("--type", "x", "--cron", "@daily", "--zone", "europe/berlin", says: "write Europe/Berlin"),
        set("--type", "x", "--cron", "@daily", "--zone", "CET", says: #"time zone: "CET""#, "or UTC"),
        set("--type", "x", "--cron", "@daily", "--payload", "{", says: #"payload: "{""#, "must be JSON"),
        set("--type", "a b", "--cron", "@daily", says: #"type: "a b""#, "use 1 to 128 of"),
        set("--type", "x", "--cron", "@daily", "--queue", "a/b", says: #"queue: "a/b""#, "use 1 to 128 of"),
        set("--type", "x", "--cron", "@daily", "--priority", "101", says: "priority", "101", "from -100 to 100"),
        set("--type", "x", "--cron", "@daily", "--splay", "169h", says: "splay", "from zero to 7 days"),
        set("--type", "x", "--cron", "@daily", "--splay", "5", status: 64, says: "'5'", "--splay"),
        set("--type", "x", "--cron", "@daily", "--overlap", "no", status: 64, says: "'no'", "'skip' and 'allow'"),
        set(
            "--type",
            "x",
            "--cron",
            "@daily",
            "--catch-up",
            "all 9999",
            status: 64,
            says: "'all 9999'",
            "latest, skip"
        ),
        set("--type", "x", says: "schedule a is a new one; give its cron"),
        set("--cron", "@daily", says: "schedule a is a new one; give its job type"),
        set(status: 64, says: "Give what to set"),
        Case(
            ["schedule", "set", "a b", "--cron", "@daily", "--type", "x"],
            status: 1,
            says: [#"schedule: "a b""#, "use 1 to 100 of A-Z a-z 0-9 . _ -"]
        ),
        Case(
            ["schedule", "set", String(repeating: "a", count: 101), "--cron", "@daily", "--type", "x"],
            status: 1,
            says: ["use 1 to 100 of"]
        ),
        Case(["schedule", "show", "a b"], status: 1, says: [#"schedule: "a b""#, "use 1 to"]),
        Case(["schedule", "pause", "a/b"], status: 1, says: [#"schedule: "a/b""#]),
        Case(["schedule", "pause"], status: 64, says: ["<names>"]),
        Case(["schedule", "run", "none"], status: 3, says: ["there is no schedule none"]),
        Case(["schedule", "resume", "none"], status: 3, says: ["there is no schedule none"]),
        Case(["schedule", "slots", "a", "--limit", "1001"], status: 64, says: ["--limit 1001: use 1 to 1000"]),
        Case(["schedule", "list"], status: 3, says: ["no schedules"]),
        Case(["schedule", "preview"], status: 64, says: ["Give a schedule's name, --cron or --every"]),
        Case(
            ["schedule", "preview", "--every", "17h", "--cron", "@daily"],
            status: 64,
            says: ["--cron or --every, not"]
        ),
        Case(["schedule", "preview", "--cron", "@daily", "--anchor", "x"], status: 64, says: ["goes with --every"]),
        Case(["schedule", "preview", "--every", "17"], status: 1, says: [#"cron interval: "17" at position 8"#]),
        Case(["schedule", "preview", "a", "--zone", "UTC"], status: 64, says: ["--zone goes with --cron or --every"]),
        Case(["schedule", "preview", "--cron", "0 25 * * *"], status: 1, says: [#"cron hour: "25" at position 3"#]),
        Case(["schedule", "preview", "--cron", "@daily", "--zone", "PST"], status: 1, says: [#"time zone: "PST""#]),
        Case(
            ["schedule", "preview", "--cron", "@daily", "--count", "0"],
            status: 64,
            says: ["--count 0: use 1 to 1000"]
        ),
        Case(["schedule", "preview", "--cron", "@daily", "--from", "1e300"], status: 64, says: ["from 1970 to 9999"]),
        Case(["schedule", "preview", "--cron", "@daily", "--from", "nan"], status: 64, says: ["from 1970 to 9999"]),
    ]

    @Test func `each is refused with a code and a sentence, and nothing is written`() async throws {
        try await withStage { stage in
            for wrong in Self.cases {
                let ended = try await stage.martlet(wrong.arguments)
                #expect(ended.status == wrong.status, "\(wrong.testDescription): \(ended.errors)")
                #expect(ended.output.isEmpty, "\(wrong.testDescription): \(ended.output)")
                for text in wrong.says {
                    #expect(ended.errors.contains(text), "\(wrong.testDescription): \(ended.errors)")
                }
                #expect(!ended.errors.contains("\u{1b}"))
            }
            #expect(try await stage.redis.send(RedisCommand("DBSIZE")).int == 0)
        }
    }
}
