import Foundation
import Testing

@testable import MartletPrograms

/// The file martlet.yaml.
@Suite struct CommandFileTests {
    @Test func `an archive has a path, which starts at the file's folder, and how long jobs stay where`() throws {
        let text = "archive: {path: history.db, after: 2m, retention: 30d}\njobs: {x: {command: [a]}}"
        let file = try CommandFile.parse(text, file: "m.yaml", folder: "/srv")
        #expect(
            file.archive
                == .init(path: "/srv/history.db", after: .seconds(120), retention: .seconds(30 * 86_400))
        )
        #expect(throws: ConfigurationError.self) {
            try CommandFile.parse("archive: {after: 2m}\njobs: {x: {command: [a]}}", file: "m.yaml", folder: "/srv")
        }
    }

    @Test func `every field is read`() throws {
        let configuration = try parse(
            """
            queues: {mail: 5, default: 1}
            concurrency: 4
            jobs:
              file.compress:
                command: [gzip, -kf, 10, yes, "two words", ""]
                queue: mail
                max_retries: 5
                time_limit: 10m
                backoff: 500ms
                backoff_max: 1h
                retention: 24h
                environment: {KEY: value, NUMBER: 010, EMPTY: ""}
                directory: ./work
              plain:
                command: [/bin/true]
                directory: /srv
            """
        )
        #expect(configuration.queues == [.init(name: "mail", weight: 5), .init(name: "default", weight: 1)])
        #expect(configuration.concurrency == 4)
        #expect(
            configuration.jobs == [
                .init(
                    type: "file.compress",
                    command: Command(
                        arguments: ["gzip", "-kf", "10", "yes", "two words", ""],
                        environment: ["KEY": "value", "NUMBER": "010", "EMPTY": ""],
                        directory: "/etc/martlet/./work"
                    ),
                    queue: "mail",
                    maxRetries: 5,
                    timeLimit: .seconds(600),
                    backoff: .milliseconds(500),
                    backoffMax: .seconds(3600),
                    retention: .seconds(86400)
                ),
                .init(
                    type: "plain",
                    command: Command(arguments: ["/bin/true"], directory: "/srv"),
                    queue: "default"
                ),
            ]
        )
    }

    @Test func `a list of queues has equal weights, and both fields may be missing`() throws {
        let jobs = "jobs: {x: {command: [true]}}"
        let queues = try parse("queues: [default, b]\n\(jobs)").queues
        #expect(queues == [.init(name: "default", weight: 1), .init(name: "b", weight: 1)])
        #expect(try parse(jobs).queues == nil)
        #expect(try parse(jobs).concurrency == nil)
    }

    @Test(
        arguments: [
            ("", "m.yaml: is empty; write at least jobs:"),
            ("[]", "m.yaml:1: is a list; write a map with jobs:"),
            ("queues: [a]", "m.yaml: jobs: is missing; write a map of job types, each with a command"),
            ("jobs: []", "m.yaml:1: jobs: is a list; write a map of job types, each with a command"),
            (
                "job: 1\njobs: {x: {command: [a]}}",
                "m.yaml:1: job: is not a known field; known are queues, concurrency, jobs, schedules, archive"
            ),
            (
                "jobs:\n  a b:\n    command: [a]",
                "m.yaml:2: jobs.a b: \"a b\" is not a name for a job type; use 1 to 128 of A-Z a-z 0-9 . _ -, "
                    + "for example a.b"
            ),
            (
                "jobs:\n  x:\n    queue: q",
                "m.yaml:2: jobs.x.command: is missing; write command: [program, argument]"
            ),
            (
                "jobs:\n  x:\n    command: gzip -kf data.txt",
                "m.yaml:3: jobs.x.command: \"gzip -kf data.txt\" is a line for a shell, and no shell runs here; write a "
                    + "list such as [gzip, -kf, data.txt], or [sh, -c, '...'] if it has to be a shell"
            ),
            (
                "jobs:\n  x:\n    command:",
                "m.yaml:3: jobs.x.command: is empty; write a list such as [gzip, -k, data.txt]"
            ),
            (
                "jobs:\n  x:\n    command: []",
                "m.yaml:3: jobs.x.command: has no program; write a list such as [gzip, -k, data.txt]"
            ),
            (
                "jobs:\n  x:\n    command:\n    - a\n    - [b]",
                "m.yaml:5: jobs.x.command[1]: is a list; write one word, in quotes if it has spaces"
            ),
            (
                "jobs:\n  x:\n    command: [\"a\\0b\"]",
                "m.yaml:3: jobs.x.command[0]: has a NUL character, which no command can be given"
            ),
            (
                "jobs:\n  file.compress:\n    command: [a]\n    time_limit: 10 parsecs",
                "m.yaml:4: jobs.file.compress.time_limit: \"10 parsecs\" is not a duration; write numbers with ms, s, "
                    + "m, h, d or w, such as 30s or 1h30m"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    time_limit: 0s",
                "m.yaml:4: jobs.x.time_limit: \"0s\" is no time at all; write numbers with ms, s, m, h, d or w, such as "
                    + "30s or 1h30m, or leave the field out"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    backoff: 10s\n    backoff_max: 5s",
                "m.yaml:5: jobs.x.backoff_max: is shorter than backoff; write at least as much"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    max_retries: many",
                "m.yaml:4: jobs.x.max_retries: \"many\" is not a whole number from 0 to 1000"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    environment: [A]",
                "m.yaml:4: jobs.x.environment: is a list; write a map such as {LANG: C}"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    environment:\n      A=B: c",
                "m.yaml:5: jobs.x.environment.A=B: \"A=B\" is not a name for a variable; leave out = and NUL"
            ),
            (
                "jobs:\n  x:\n    command: [a]\n    directory: ''",
                "m.yaml:4: jobs.x.directory: is empty; write a path, or leave the field out"
            ),
            (
                "jobs:\n  \"a\\e[2J\\nb\": {command: \"\\u202ex\"}",
                #"m.yaml:2: jobs.a\u{1b}[2J\u{a}b: "a\u{1b}[2J\u{a}b" is not a name for a job type; use 1 to 128 of "#
                    + "A-Z a-z 0-9 . _ -, for example a.2J.b\n"
                    + #"m.yaml:2: jobs.a\u{1b}[2J\u{a}b.command: "\u{202e}x" is a line for a shell, and no shell runs "#
                    + #"here; write a list such as [\u{202e}x], or [sh, -c, '...'] if it has to be a shell"#
            ),
            (
                "jobs: {x: {command: [a]}, \"\\e\": 1, \"\\e\": 2}",
                #"m.yaml:1: the same key twice: \u{1b}; keep one"#
            ),
            (
                "concurrency: 0\njobs: {x: {command: [a]}}",
                "m.yaml:1: concurrency: \"0\" is not a whole number from 1 to 4096"
            ),
            (
                "concurrency: 4097\njobs: {x: {command: [a]}}",
                "m.yaml:1: concurrency: \"4097\" is not a whole number from 1 to 4096"
            ),
            (
                "queues: [mail]\njobs:\n  x:\n    command: [a]\n    queue: male",
                "m.yaml:5: jobs.x.queue: \"male\" is not among queues, so no job would be claimed there; add it to queues"
            ),
            (
                "queues: [mail]\njobs:\n  x:\n    command: [a]",
                "m.yaml:3: jobs.x: has no queue:, and default is not among queues; write a queue, or add default there"
            ),
            (
                "queues: [a, a]\njobs: {x: {command: [a]}}",
                "m.yaml:1: queues[1]: \"a\" is there already; name each queue once"
            ),
            (
                "queues: {a: heavy}\njobs: {x: {command: [a]}}",
                "m.yaml:1: queues.a: \"heavy\" is not a whole number from 1 to 1000"
            ),
            (
                "queues: a\njobs: {x: {command: [a]}}",
                "m.yaml:1: queues: is the single value \"a\"; write a list such as [default, mail], or weights such as "
                    + "{mail: 5, default: 1}"
            ),
            (
                "queues: []\njobs: {x: {command: [a]}}",
                "m.yaml:1: queues: is empty; write a list such as [default, mail], or weights such as "
                    + "{mail: 5, default: 1}, or leave the field out"
            ),
            ("jobs:\n  x: {command: [a]}\n  x: {command: [b]}", "m.yaml:2: the same key twice: x; keep one"),
            ("jobs:\n  1: {command: [a]}\n  '1': {command: [b]}", "m.yaml:3: jobs.1: is there twice; keep one"),
            ("jobs:\n  [x]: {command: [a]}", "m.yaml:2: jobs: has a list as a key; write a plain word"),
            (
                "jobs:\n  x:\n   command: [a\n  y: 1",
                "m.yaml:4: is not YAML: while parsing a flow sequence did not find expected ',' or ']'"
            ),
            (
                "jobs:\n\tx: 1",
                "m.yaml:2: is not YAML: while scanning for the next token found character that cannot start any token"
            ),
        ]
    )
    func `a problem names file, line, field, value and what would be right`(text: String, expected: String) {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        #expect(error?.description == expected)
    }

    @Test func `all problems are reported at once, in the order of the file`() {
        let error = #expect(throws: ConfigurationError.self) {
            try parse(
                """
                queues: [a b]
                jobs:
                  x:
                    command: gzip
                    timeout: 3s
                  y:
                    command: [a]
                    backoff: soon
                """
            )
        }
        #expect(error?.problems.map(\.line) == [1, 4, 5, 8])
    }

    @Test func `nesting without end is an error like any other`() {
        #expect(throws: ConfigurationError.self) { try parse(String(repeating: "[", count: 500_000)) }
        #expect(throws: ConfigurationError.self) { try parse(String(repeating: "- ", count: 500_000)) }
    }

    @Test func `a file that is missing, too large or no text is refused by name`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "m.yaml").path
        #expect(load(path) == "\(path): cannot be read: No such file or directory")
        #expect(load(folder.path) == "\(folder.path): cannot be read: Is a directory")
        try Data(repeating: 0x20, count: CommandFile.largestFile + 1).write(to: URL(filePath: path))
        #expect(load(path) == "\(path): is larger than 4 MiB; split it, and run a worker for each part")
        try Data([0xFF]).write(to: URL(filePath: path))
        #expect(load(path) == "\(path): is not UTF-8 text")
        let text = "archive: {path: history.db}\njobs: {x: {command: [a], directory: work}}"
        try Data(text.utf8).write(to: URL(filePath: path))
        let file = try CommandFile.load(path: path)
        #expect(file.jobs.first?.command.directory == "\(folder.path)/work")
        #expect(file.archive?.path == "\(folder.path)/history.db")
    }

    @Test(
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("10m", .seconds(600)),
            ("2h", .seconds(7200)), ("0s", .zero), ("30", nil), ("s", nil), ("", nil), ("-1s", nil),
            ("1.5h", .seconds(5400)),
            ("1h30m", .seconds(5400)), ("1w", .seconds(604_800)), ("1d12h30m10s5ms", .milliseconds(131_410_005)),
            ("0.25s", .milliseconds(250)), ("1h0.5m", .seconds(3630)), ("1m1h", nil), ("1h1h", nil), ("1.5h30m", nil),
            ("1.h", nil), (".5h", nil), ("0.5ms", nil), ("1.0000000001s", nil), ("1h 30m", nil), ("1h30", nil),
            ("PT1H", nil), ("3600", nil), ("520w", .seconds(314_496_000)), ("522w", nil),
            ("1d", .seconds(86_400)), (" 1s", nil),
            ("1S", nil), ("99999999999999999999s", nil), ("٣s", nil),
            ("87600h", .seconds(315_360_000)), ("87601h", nil),
        ] as [(String, Duration?)]
    )
    func `a duration is numbers with units, the largest first`(text: String, expected: Duration?) {
        #expect(DurationText.parse(text) == expected)
    }

    private func parse(_ text: String) throws(ConfigurationError) -> CommandFile {
        try CommandFile.parse(text, file: "m.yaml", folder: "/etc/martlet")
    }

    private func load(_ path: String) -> String? {
        #expect(throws: ConfigurationError.self) { try CommandFile.load(path: path) }?.description
    }
}
