import Martlet
import MartletWorker
import Testing

@testable import MartletPrograms

/// Shared and empty parts of martlet.yaml, and large ones.
@Suite(.timeLimit(.minutes(15))) struct SharedPartTests {
    @Test func `a merge key brings the fields of other maps, and one's own hold`() throws {
        let file = try parse(
            """
            x-import: &import {command: [import], max_retries: 2, time_limit: 1m}
            x-slow: &slow {time_limit: 1h, queue: slow}
            jobs:
              plain: {<<: *import}
              own: {<<: *import, max_retries: 7}
              both: {max_retries: 1, <<: [*slow, *import]}
              nested: {<<: {<<: *import, queue: q}}
            """
        )
        let jobs = Dictionary(uniqueKeysWithValues: file.jobs.map { ($0.type, $0) })
        #expect(file.jobs.map(\.type) == ["plain", "own", "both", "nested"])
        #expect(file.jobs.allSatisfy { $0.command.arguments == ["import"] })
        #expect(jobs["plain"]?.maxRetries == 2)
        #expect(jobs["own"]?.maxRetries == 7)
        #expect(jobs["both"]?.maxRetries == 1)
        #expect(jobs["both"]?.timeLimit == .seconds(3600))
        #expect(jobs["both"]?.queue == "slow")
        #expect(jobs["nested"]?.queue == "q")
    }

    @Test func `a merge key in a payload merges, and one in quotes is a name`() throws {
        let file = try parse(
            """
            x-base: &base {region: eu, pages: 7}
            jobs: {x: {command: [a]}}
            schedules:
              merged: {cron: '@daily', job: x, payload: {<<: *base, pages: 9}}
              quoted: {cron: '@daily', job: x, payload: {"<<": 1}}
            """
        )
        let payloads = file.schedules.map(\.payload)
        #expect(payloads == [#"{"pages":9,"region":"eu"}"#, #"{"<<":1}"#])
    }

    @Test func `a merge key with no map behind it is a mistake`() {
        #expect(
            problems("jobs: {x: {command: [a], <<: 7}}")
                == ["jobs.x.<<: is the single value \"7\"; write a map, an alias of one, or a list of such"]
        )
    }

    @Test func `a part whose entries are all commented out is as one that is left out`() throws {
        for nothing in ["", " ~", " null", " {}"] {
            let file = try parse("jobs:\(nothing)\nschedules:\(nothing)\n")
            #expect(file.jobs.isEmpty && file.schedules.isEmpty)
            #expect(file.queueOrder.queues == ["default"])
        }
        let file = try parse("queues:\n#- a\narchive:\njobs:\n  x:\n    command: [a]\n    environment:\n    limits:\n")
        #expect(file.queues == nil)
        #expect(file.archive == nil)
        #expect(file.jobs.count == 1)
    }

    @Test func `other files are not included, and the message says what to do`() {
        #expect(
            problems("include: [b.yaml]\njobs: {x: {command: [a]}}")
                == ["include: is not known: a configuration is one file; run a worker for each, or share with x- keys"]
        )
    }

    @Test func `the time to read a file grows with its length, not with the square of it`() throws {
        func time(_ count: Int) throws -> Duration {
            let jobs = (0..<count).map { "  job-\($0): {command: [a]}\n" }.joined()
            let schedules = (0..<count).map {
                "  s-\($0): {cron: 'H 3 * * *', job: job-\($0), payload: {n: \($0)}}\n"
            }
            let start = ContinuousClock.now
            let file = try parse("jobs:\n\(jobs)schedules:\n\(schedules.joined())")
            #expect(file.schedules.count == count)
            return .now - start
        }
        _ = try time(100)
        let (few, many) = (try time(500), try time(8000))
        // 16 times as much, with room for a busy machine; with a square in it, some 100 and more.
        #expect(many < few * 60, "500: \(few), 8000: \(many)")
    }

    @Test func `aliases of aliases, and thousands of variables, are refused in no time`() {
        var bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "x-\(level): &a\(level) [\(items)]\n"
        }
        bomb += "jobs: {x: {command: [a]}}\nschedules: {s: {cron: '@daily', job: x, payload: *a12}}\n"
        #expect(problems(bomb) == ["is too much: with its aliases it is larger or deeper than any use has"])

        let long = "x-long: &l \(String(repeating: "x", count: 1 << 20))\n"
        let items = Array(repeating: "*l", count: 5000).joined(separator: ", ")
        let text = "\(long)jobs: {x: {command: [a]}}\nschedules: {s: {cron: '@daily', job: x, payload: [\(items)]}}\n"
        #expect(problems(text).contains { $0.contains("with its aliases the file is larger than 64 MiB") })

        let names = (0..<60_000).map { "V\($0): x" }.joined(separator: ", ")
        #expect(
            problems("jobs: {x: {command: [a], environment: {\(names)}}}")
                == ["jobs.x.environment: has 60000 variables; write at most 1000, the rest into a file"]
        )
    }

    @Test func `a payload nested too deep is a mistake, also through aliases`() {
        var text = "x-0: &a0 [x]\n"
        for level in 1...600 { text += "x-\(level): &a\(level) [*a\(level - 1)]\n" }
        text += "jobs: {x: {command: [a]}}\nschedules: {s: {cron: '@daily', job: x, payload: *a600}}\n"
        #expect(problems(text).first?.hasSuffix("is nested deeper than 512 levels; write less") == true)
    }

    @Test func `a file that aliases make endlessly deep or large is refused, whatever it is used for`() {
        let chain = (1...50_000).map { "x-\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
        let text = "x-0: &a0 [x]\n\(chain)jobs: {x: {command: [a]}}\n"
        #expect(problems(text) == ["is too much: with its aliases it is larger or deeper than any use has"])
    }

    /// Yams compares keys node by node, and so would never come to an end of these.
    @Test(arguments: ["? *a30\n: x\n", "{*a30 : x}\n", "x-y: [*a30 : x]\n", "? [*a30]\n: x\n", "? {? *a30 : x}\n: x\n"])
    func `a key that is an alias of aliases is refused in no time`(key: String) {
        var text = "x-0: &a0 [x, x]\n"
        for level in 1...30 { text += "x-\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(problems(text + "jobs: {x: {command: [a]}}\n" + key).count == 1)
    }

    @Test func `a large map or list as a key is refused, and a word of an anchor may be a key`() throws {
        let items = Array(repeating: "x", count: 200).joined(separator: ", ")
        let words = try #require(throws: ConfigurationError.self) { try parse("jobs:\n  ? [\(items)]\n  : x\n") }
        #expect(words.description == "m.yaml:2: has a large map or list as a key; write a plain word")
        let file = try parse("x-name: &n say\njobs:\n  *n : {command: [a]}\n")
        #expect(file.jobs.map(\.type) == ["say"])
    }

    private func parse(_ text: String) throws(ConfigurationError) -> CommandFile {
        try CommandFile.parse(text, file: "m.yaml", folder: "/etc/martlet")
    }

    private func problems(_ text: String) -> [String] {
        #expect(throws: ConfigurationError.self) { try parse(text) }?.problems.map(\.message) ?? []
    }
}
