import Foundation
import Martlet
import Testing

@Suite struct NewJobTests {
    private struct Greet: Job {
        static let jobType = "greet"
        static let options = JobOptions(queue: "mail", priority: 3, maxRetries: 2)
        let to: String
        var at = Date(timeIntervalSince1970: 1.5)
    }

    private struct BadType: Job {
        static let jobType = "no/type"
    }

    private struct Unencodable: Job {
        static let jobType = "bad"
        var value = Double.nan
    }

    /// Fails unless a job is refused, with the field, the value and what would be right.
    private func expectRefused(
        _ field: String,
        _ value: String,
        _ remedy: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ make: () throws -> NewJob
    ) {
        let error = #expect(throws: JobError.self, sourceLocation: sourceLocation) { _ = try make() }
        #expect(error?.code == .invalid, sourceLocation: sourceLocation)
        let message = error?.message ?? ""
        #expect(
            message.hasPrefix("\(field): \"\(value)\" is not acceptable; "),
            "\(message)",
            sourceLocation: sourceLocation
        )
        #expect(message.contains(remedy), "\(message)", sourceLocation: sourceLocation)
    }

    @Test func `a job carries its type, its payload as JSON and the options of its type`() throws {
        let job = try NewJob(Greet(to: "ada/x"), options: JobOptions(priority: -1))
        #expect(job.type == "greet")
        #expect(job.id.queue == "mail")
        #expect(job.id.local.count == 22)
        let payload = try JSONDecoder().decode([String: JSONValue].self, from: Data(job.payload))
        #expect(payload == ["to": .string("ada/x"), "at": .number(1.5)])
        #expect(job.wireOptions.text == #"{"priority":-1,"max_retries":2}"#)
    }

    @Test func `a job with nothing said goes to the queue default`() throws {
        let job = try NewJob(type: "t", json: "[]")
        #expect(job.id.queue == "default")
        #expect(job.wireOptions.isEmpty)
    }

    @Test func `JSON goes in as it was given, byte for byte`() throws {
        for json in ["10000000000000001", " {\"a\" : 1.0e2}\n", "\"\\u0000\\ud83d\\ude00\"", "[[[[]]]]", "null"] {
            #expect(try NewJob(type: "t", json: json).payload == Array(json.utf8))
        }
    }

    @Test func `a bad name is refused`() {
        let remedy = "use 1 to 128 of A-Z a-z 0-9 . _ -"
        expectRefused("type", "no/type", remedy) { try NewJob(BadType()) }
        expectRefused("type", "", remedy) { try NewJob(type: "", json: "1") }
        expectRefused("id", #"a\u{1b}[2J"#, remedy) { try NewJob(type: "t", json: "1", id: "a\u{1b}[2J") }
        expectRefused("id", "", remedy) { try NewJob(type: "t", json: "1", id: "") }
        expectRefused("queue", "a b", remedy) { try NewJob(type: "t", json: "1", options: JobOptions(queue: "a b")) }
    }

    @Test func `JSON beyond 16 MiB is refused unread`() {
        let long = String(repeating: "[", count: 16 << 20 + 1)
        expectRefused("payload", "\(long.utf8.count) bytes", "use at most 16777216 bytes") {
            try NewJob(type: "t", json: long)
        }
    }

    @Test func `a payload that is no JSON is refused`() {
        expectRefused("payload", "bad", "it must encode as JSON") { try NewJob(Unencodable()) }
        expectRefused("payload", "{", "it must be JSON") { try NewJob(type: "t", json: "{") }
        expectRefused("payload", "", "it must be JSON") { try NewJob(type: "t", json: "") }
        let long = String(repeating: "x", count: 200)
        expectRefused("payload", String(repeating: "x", count: 80) + "…", "JSON") { try NewJob(type: "t", json: long) }
    }

    @Test(arguments: [-101, 101, Int.min, Int.max])
    func `a priority beyond 100 is refused`(priority: Int) {
        expectRefused("priority", "\(priority)", "a whole number from -100 to 100") {
            try NewJob(type: "t", json: "1", options: JobOptions(priority: priority))
        }
    }

    @Test(arguments: [-1, 1001, Int.max])
    func `retries beyond 1,000 are refused`(retries: Int) {
        expectRefused("max_retries", "\(retries)", "a whole number from 0 to 1000") {
            try NewJob(type: "t", json: "1", options: JobOptions(maxRetries: retries))
        }
    }

    @Test(arguments: [
        Duration.milliseconds(-1), .nanoseconds(-1), .milliseconds(3_155_760_000_001), .seconds(Int64.max),
        .seconds(Int64.min),
    ])
    func `a duration below zero or beyond 100 years is refused`(duration: Duration) {
        let remedy = "to 100 years"
        for (field, options) in [
            ("time_limit", JobOptions(timeLimit: duration)), ("backoff", JobOptions(backoff: duration)),
            ("backoff_max", JobOptions(maxBackoff: duration)), ("retention", JobOptions(retention: duration)),
        ] {
            expectRefused(field, "\(duration)", remedy) { try NewJob(type: "t", json: "1", options: options) }
        }
        expectRefused("delay", "\(duration)", remedy) { try NewJob(type: "t", json: "1", start: .after(duration)) }
    }

    @Test func `a time limit of nothing is refused, one of a millisecond is not`() throws {
        for limit in [Duration.zero, .microseconds(999)] {
            expectRefused("time_limit", "\(limit)", "use a duration from") {
                try NewJob(type: "t", json: "1", options: JobOptions(timeLimit: limit))
            }
        }
        let job = try NewJob(type: "t", json: "1", options: JobOptions(timeLimit: .milliseconds(1)))
        #expect(job.wireOptions.text == #"{"time_limit_ms":1}"#)
    }

    @Test func `every duration is taken at its bounds`() throws {
        let longest = Duration.milliseconds(3_155_760_000_000)
        let options = JobOptions(backoff: .zero, maxBackoff: longest, retention: .zero)
        let job = try NewJob(type: "t", json: "1", options: options, start: .after(longest))
        #expect(
            job.wireOptions.text
                == #"{"backoff_ms":0,"backoff_max_ms":3155760000000,"retention_ms":0,"delay_ms":3155760000000}"#
        )
    }

    @Test(arguments: [-1, 10_000_000_000, Double.infinity, -Double.infinity, Double.nan])
    func `a time before 1970 or after 2286 is refused`(seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        expectRefused("due_at", "\(date.timeIntervalSince1970) s", "use a time from 1970 to 2286") {
            try NewJob(type: "t", json: "1", start: .at(date))
        }
    }

    @Test func `a time is never rounded to before itself`() throws {
        let job = try NewJob(type: "t", json: "1", start: .at(Date(timeIntervalSince1970: 1.0001)))
        #expect(job.wireOptions.text == #"{"due_at":1001}"#)
    }

    @Test func `an object is a text of 1 to 256 bytes, and any text`() throws {
        expectRefused("object", "", "use a text of 1 to 256 bytes") {
            try NewJob(type: "t", json: "1", options: JobOptions(object: ""))
        }
        expectRefused("object", String(repeating: "é", count: 80) + "…", "use a text of 1 to 256 bytes") {
            try NewJob(type: "t", json: "1", options: JobOptions(object: String(repeating: "é", count: 129)))
        }
        let object = "\"\\\u{0}\n" + String(repeating: "é", count: 126)
        let job = try NewJob(type: "t", json: "1", options: JobOptions(object: object))
        #expect(JSONValue(job.wireOptions.text) == .object(["object": .string(object)]))
    }
}
