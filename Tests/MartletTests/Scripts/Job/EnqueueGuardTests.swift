import Foundation
import Martlet
import MartletScripts
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// The calls from any language that the enqueue script refuses, with field, value and remedy, and nothing written.
    @Suite struct EnqueueGuardTests {
        /// Sends a good job and then a bad one.
        private func expectRefused(
            _ id: RedisArgument = "bad",
            type: RedisArgument = "t",
            payload: RedisArgument = "1",
            options: RedisArgument = "",
            field: String,
            value: String? = nil,
            _ sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            try await withQueue { queue in
                try await queue.expectUnchanged(sourceLocation: sourceLocation) {
                    let reply = try await queue.run(
                        .enqueue,
                        ["10", "good", "t", "1", #"{"object":"o"}"#, id, type, payload, options]
                    )
                    let words = reply.map { $0.string ?? "" }
                    try #require(words.count == 5, "\(words)", sourceLocation: sourceLocation)
                    #expect(words[..<3] == ["invalid", "2", field], sourceLocation: sourceLocation)
                    if let value { #expect(words[3] == value, sourceLocation: sourceLocation) }
                    #expect(!words[4].isEmpty, sourceLocation: sourceLocation)
                }
            }
        }

        @Test(arguments: [
            "", "a/b", "a b", "a\u{0}b", "a\u{1b}[2J", "a\n", "ü", "{a}", "a:b", String(repeating: "x", count: 129),
        ])
        func `a name that is none is refused`(name: String) async throws {
            let shown = String(name.prefix(128))
            try await expectRefused(RedisArgument(name), field: "id", value: shown)
            try await expectRefused(type: RedisArgument(name), field: "type", value: shown)
        }

        @Test(arguments: ["a", "A-Z.a_z-09", String(repeating: "x", count: 128)])
        func `a name within the rule is taken`(name: String) async throws {
            try await withQueue { queue in
                let reply = try await queue.run(
                    .enqueue,
                    ["10", RedisArgument(name), RedisArgument(name), "1", ""]
                )
                #expect(reply.map(\.string) == ["ok", "waiting"])
            }
        }

        @Test func `a payload may have as many bytes as the limit says and not one more`() async throws {
            try await expectRefused(payload: "12345678901", field: "payload", value: "11 bytes")
            try await expectRefused(payload: "", field: "payload", value: "")
            try await withQueue { queue in
                let reply = try await queue.run(.enqueue, ["10", "a", "t", "1234567890", ""])
                #expect(reply.map(\.string) == ["ok", "waiting"])
            }
        }

        /// The options that are whole numbers, with the lowest and the highest value that Swift takes.
        private static let ranges: [(option: String, range: ClosedRange<Int64>)] = [
            ("priority", whole(JobLimits.priority)), ("max_retries", whole(JobLimits.maxRetries)),
            ("time_limit_ms", whole(JobLimits.timeLimit)), ("backoff_ms", whole(JobLimits.span)),
            ("backoff_max_ms", whole(JobLimits.span)), ("retention_ms", whole(JobLimits.span)),
            ("delay_ms", whole(JobLimits.span)), ("due_at", JobLimits.dueAt), ("deadline", JobLimits.dueAt),
            ("deadline_ms", whole(JobLimits.timeLimit)),
        ]

        private static func whole(_ range: ClosedRange<Int>) -> ClosedRange<Int64> {
            Int64(range.lowerBound)...Int64(range.upperBound)
        }

        private static func whole(_ range: ClosedRange<Duration>) -> ClosedRange<Int64> {
            range.lowerBound.milliseconds...range.upperBound.milliseconds
        }

        @Test
        func `the script has a range for each option that has one in Swift, and for what schedules and outboxes add`()
            throws
        {
            let text = try #require(LuaFile.all(in: "lua/include").first { $0.name == "options" }).lines.joined()
            let table = try #require(text.firstMatch(of: /highest = \{(.*?)\}/)).output.1
            let names = table.matches(of: /(\w+)\s=\s/).map { String($0.output.1) }
            #expect(names.sorted() == (Self.ranges.map(\.option) + ["slot", "sequence", "after", "disowned"]).sorted())
        }

        @Test(arguments: ranges)
        func `a number is taken at the bounds that Swift knows and refused beyond`(
            option: String,
            range: ClosedRange<Int64>
        ) async throws {
            for value in ["\(range.lowerBound)", "\(range.upperBound)"] {
                try await withQueue { queue in
                    let reply = try await queue.run(
                        .enqueue,
                        ["10", "a", "t", "1", RedisArgument("{\"\(option)\":\(value)}")]
                    )
                    #expect(reply.first?.string == "ok", "\(option) \(value)")
                    if !["delay_ms", "due_at", "deadline_ms"].contains(option) {
                        #expect(try await queue.hash(queue.id("a"))[option] == value)
                    }
                }
            }
            let bad = [
                "\(range.lowerBound - 1)", "\(range.upperBound + 1)", "9007199254740993", "1e300", "-1e300", "1e999",
                "0.5", "nan", "Infinity",
                "-inf", "\"1\"", "true", "null", "[1]", "{}",
            ]
            for value in bad {
                try await expectRefused(options: RedisArgument("{\"\(option)\":\(value)}"), field: option)
            }
        }

        @Test func `an object is a text of as many bytes as Swift takes`() async throws {
            let most = JobLimits.objectBytes.upperBound
            for value in ["\"\"", "7", "null", "[]", "\"\(String(repeating: "x", count: most + 1))\""] {
                try await expectRefused(options: RedisArgument("{\"object\":\(value)}"), field: "object")
            }
            let longest = String(repeating: "x", count: most)
            try await withQueue { queue in
                let reply = try await queue.run(
                    .enqueue,
                    ["10", "a", "t", "1", RedisArgument("{\"object\":\"\(longest)\"}")]
                )
                #expect(reply.map(\.string) == ["ok", "waiting"])
                #expect(try await queue.hash(queue.id("a"))["object"] == longest)
            }
        }

        @Test(arguments: [
            "x", "{", "[]", "[1]", " []", "7", "\"priority\"", "null", "true", "{\"priority\":1", "\u{0}",
            #"{"object":"\ud800"}"#, #"{"prioritty":1}"#, #"{"":1}"#, #"{"state":"running"}"#, #"{"1":1}"#,
            "{\"object\":" + String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000) + "}",
        ])
        func `options that are no object of known options are refused`(options: String) async throws {
            try await expectRefused(options: RedisArgument(options), field: "options")
        }

        /// Read as milliseconds each is a time in the past, and the job would run at once.
        @Test(arguments: ["1", "12", "1795874417", "1795874418", "99999999999"])
        func `a time in seconds is refused, with the unit that is right`(time: String) async throws {
            try await expectRefused(options: RedisArgument("{\"due_at\":\(time)}"), field: "due_at", value: time)
            try await withQueue { queue in
                let bad: [RedisArgument] = ["10", "a", "t", "1", RedisArgument("{\"due_at\":\(time)}")]
                #expect(try await queue.run(.enqueue, bad).last?.string?.hasPrefix("milliseconds since 1970") == true)
                // In a test whose clock is as early, it is a time like any other.
                try await queue.clock.set(to: Date(milliseconds: 5))
                let state = Int(time) ?? 0 > 5 ? "scheduled" : "waiting"
                #expect(try await queue.run(.enqueue, bad).map(\.string) == ["ok", state])
            }
        }

        @Test func `a delay and a time exclude each other`() async throws {
            try await expectRefused(options: #"{"delay_ms":1,"due_at":1}"#, field: "due_at", value: "1")
        }

        @Test(
            arguments: [
                [], ["10"], ["10", "a", "t", "1"], ["10", "a", "t", "1", "", "b"], ["", "a", "t", "1", ""],
                ["many", "a", "t", "1", ""],
            ] as [[RedisArgument]]
        )
        func `a call that has not four arguments a job is refused`(arguments: [RedisArgument]) async throws {
            try await withQueue { queue in
                try await queue.expectUnchanged {
                    let reply = try await queue.run(.enqueue, arguments)
                    #expect(reply.prefix(3).map(\.string) == ["invalid", "0", "arguments"])
                }
            }
        }
    }
}
