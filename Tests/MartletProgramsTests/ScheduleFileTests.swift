import Martlet
import Testing

@testable import MartletPrograms

/// Schedules in martlet.yaml.
@Suite struct ScheduleFileTests {
    private static let jobs = """
        jobs:
          file.compress: {command: [gzip], queue: mail, max_retries: 2}
          plain: {command: [/bin/true]}

        """

    private func parse(_ schedules: String) throws -> [Schedule] {
        try CommandFile.parse(Self.jobs + schedules, file: "martlet.yaml", folder: "/").schedules
    }

    @Test func `every field is read, and the job's options hold`() throws {
        let schedules = try parse(
            """
            schedules:
              nightly:
                cron: "H 3 * * MON-FRI"
                zone: Europe/Berlin
                job: file.compress
                payload: {path: /var, count: 2, deep: [1.5, true, null, yes, "3", 010, ""]}
                object: disk/1
                priority: 7
                splay: 5m
                catch_up: all 10
                overlap: allow
              often: {cron: "@hourly", job: plain}
            """
        )
        #expect(
            schedules == [
                try Schedule(
                    "nightly",
                    cron: "H 3 * * MON-FRI",
                    zone: "Europe/Berlin",
                    type: "file.compress",
                    json: #"{"path":"/var","count":2,"deep":[1.5,true,null,"yes","3","010",""]}"#,
                    options: JobOptions(queue: "mail", priority: 7, maxRetries: 2, object: "disk/1"),
                    splay: .seconds(300),
                    catchUp: .all(limit: 10),
                    overlap: .allow
                ),
                try Schedule("often", cron: "@hourly", type: "plain", options: JobOptions(queue: "default")),
            ]
        )
        let file = try CommandFile.parse(
            Self.jobs + "schedules: {a: {cron: '@daily', job: plain}}",
            file: "f",
            folder: "/"
        )
        #expect(try file.declared().all.map(\.name) == ["a"])
    }

    @Test func `an interval is a cron expression of its own`() throws {
        #expect(try parse("schedules:\n  x: {every: 17h, job: plain}\n").map(\.cron.text) == ["@every 17h"])
        let anchored = try parse("schedules:\n  x: {every: 1h30m, anchor: '2026-11-28T06:00:00Z', job: plain}\n")
        #expect(anchored.map(\.cron.text) == ["@every 1h30m from 2026-11-28T06:00:00Z"])
    }

    @Test func `a file without schedules declares none`() throws {
        #expect(try parse("").isEmpty)
        #expect(try parse("schedules: {}").isEmpty)
    }

    @Test(
        arguments: [
            ("{cron: '61 * * * *', job: plain}", "schedules.x.cron: cron minute: \"61\" at position 1"),
            ("{cron: '0 0 30 2 *', job: plain}", "schedules.x.cron: cron"),
            ("{cron: [1], job: plain}", "schedules.x.cron: is a list; write a cron expression"),
            ("{job: plain}", "schedules.x.cron: is missing; write cron:"),
            ("{cron: '@daily'}", "schedules.x.job: is missing; write job:"),
            ("{cron: '@daily', job: plian}", "schedules.x.job: \"plian\" is not among jobs"),
            ("{cron: '@daily', job: plain, zone: Berlin}", "schedules.x.zone: time zone: \"Berlin\""),
            (
                "{cron: '@daily', job: plain, always: 5m}",
                "schedules.x.always: is not a known field; known are cron, every, anchor, zone"
            ),
            ("{cron: '@daily', job: plain, every: 5m}", "schedules.x.cron: is given beside every:; write one"),
            ("{every: 5, job: plain}", "schedules.x.every: \"5\" is not acceptable; use a length from 1s"),
            ("{every: 17h, anchor: noon, job: plain}", "schedules.x.anchor: \"noon\" is not acceptable; use a time"),
            ("{cron: '@daily', anchor: noon, job: plain}", "schedules.x.anchor: goes with every: only"),
            ("{cron: '@daily', job: plain, splay: 169h}", "schedules.x.splay: is longer than a week"),
            ("{cron: '@daily', job: plain, splay: soon}", "schedules.x.splay: \"soon\" is not a duration"),
            ("{cron: '@daily', job: plain, catch_up: some}", "schedules.x.catch_up: \"some\" is none of the rules"),
            ("{cron: '@daily', job: plain, catch_up: all 0}", "schedules.x.catch_up: \"all 0\" is none of the rules"),
            ("{cron: '@daily', job: plain, overlap: no}", "schedules.x.overlap: \"no\" is none of the rules"),
            ("{cron: '@daily', job: plain, priority: 101}", "schedules.x.priority: \"101\" is not a whole number"),
            ("{cron: '@daily', job: plain, object: ''}", "schedules.x.object: \"\" is not 1 to 256 bytes long"),
            ("[a]", "schedules.x: is a list; write a map with cron: and job:"),
        ]
    )
    func `what is wrong is told with its line, its field and what would be right`(text: String, expected: String) throws
    {
        let error = #expect(throws: ConfigurationError.self) { try parse("schedules:\n  x: \(text)\n") }
        let problem = try #require(error?.problems.first)
        #expect(error?.problems.count == 1, "\(error?.description ?? "")")
        #expect(problem.message.hasPrefix(expected), "\(problem.message)")
        #expect(problem.line == 5)
    }

    @Test func `a name that is none is refused`() throws {
        for name in ["a b", "\"\"", String(repeating: "x", count: 101)] {
            let error = #expect(throws: ConfigurationError.self) {
                try parse("schedules:\n  \(name): {cron: '@daily', job: plain}\n")
            }
            #expect(error?.description.contains("is not a name for a schedule; use 1 to 100") == true)
        }
    }
}
