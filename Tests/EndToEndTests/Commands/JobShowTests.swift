import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// All that `job show` says of a job stands in the keys that the page about Redis names, where redis-cli finds it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct JobShowTests {
    private static let yaml = """
        concurrency: 4
        jobs:
          fine: {command: ['true']}
          warns: {command: [sh, -c, 'echo looking; echo "::warning::almost full"']}
          fails: {command: [sh, -c, 'echo trying; echo no route >&2; exit 3'], max_retries: 1, backoff: 10ms}
          later: {command: [sh, -c, 'echo trying; exit 4'], backoff: 1h}
          long: {command: [sh, -c, 'echo begun; sleep 60']}
        schedules:
          nightly: {cron: '0 3 * * *', job: fine, payload: {pages: 7}}
        """

    @Test func `job show says what redis-cli says, of a job in any state`() async throws {
        try await withStage { stage in
            let cli = try RedisCLI(stage)
            let worker = try await stage.worker(Self.yaml)
            var jobs: [JobID] = []
            for (arguments, state) in [
                (["warns"], JobState.warning), (["fails", #"{"text":"it's {\"quoted\"}\u001b"}"#], .error),
                (["later", "--max-retries", "3"], .scheduled), (["long", "--object", "disk/1"], .running),
                (["nobody.knows", "--priority=-5"], .waiting), (["fine", "--in", "1h"], .scheduled),
            ] {
                let id = try await enqueue(arguments, stage)
                try await eventually("\(arguments) is \(state)") {
                    let job = try await stage.record(id)
                    return job.state == state && (arguments[0] != "later" || job.attempt == 1)
                        && (state != .waiting || job.reason != nil)
                }
                jobs.append(id)
            }
            let running = try #require(jobs.dropFirst(3).first)
            let progress: [RedisArgument] = ["progress", #"{"fraction":0.4,"note":"page 2"}"#]
            _ = try await stage.redis.send(
                RedisCommand("HSET", [RedisArgument(stage.jobs.store.keys.job(running))] + progress)
            )
            try await eventually("its line is in the log") { try await !stage.inspector.log(running).entries.isEmpty }
            let run = try await stage.martlet("schedule", "run", "nightly")
            let fired = try JobID(String(run.output.dropLast()))
            try await eventually("the schedule's job has run") {
                try await stage.inspector.job(fired)?.state == .successful
            }
            for id in jobs + [fired] { try await compare(id, cli, stage) }
            worker.signal(SIGKILL)
        }
    }

    @Test func `a job that has gone to the archive is as redis-cli said before, and redis-cli has nothing of it`()
        async throws
    {
        try await withStage { stage in
            let cli = try RedisCLI(stage)
            let worker = try await stage.worker(Self.yaml)
            let id = try await enqueue(["fails", "--object", "disk/1"], stage)
            try await stage.wait(for: id, .error)
            let hash = try await cli.fields("redis-cli HGETALL 'martlet:{default}:job:\(id.local)'")
            let log = try await cli.lines("redis-cli LRANGE 'martlet:{default}:log:\(id.local)' 0 -1")
            worker.signal(SIGTERM)
            _ = try await worker.ended()
            let path = "\(stage.folder)/history.db"
            let archiver = try stage.start("archive", path, "--archive-after", "0s")
            try await eventually("it is in the archive") { try await stage.inspector.job(id) == nil }
            archiver.signal(SIGTERM)
            _ = try await archiver.ended()
            for key in ["job", "log", "attempts"] {
                #expect(try await cli.run("redis-cli EXISTS 'martlet:{default}:\(key):\(id.local)'") == "0\n")
            }
            #expect(try await cli.run("redis-cli ZSCORE 'martlet:{default}:error' \(id.local)") == "\n")
            #expect(try await stage.martlet("job", "show", "\(id)").status == 3)
            let shown = try await stage.martlet("job", "show", "\(id)", "--archive", path, "--json")
            let fields = try #require(JSONValue(shown.output)).fields
            for name in ["type", "state", "object", "error", "attempt", "enqueued_at", "started_at", "finished_at"] {
                #expect(fields[name].map(text) == hash[name], "\(name)")
            }
            let logs = try await stage.martlet("job", "logs", "\(id)", "--archive", path, "--json")
            let messages = { (lines: [String]) in lines.compactMap { JSONValue($0)?.fields["message"] } }
            #expect(messages(logs.output.split(separator: "\n").map(String.init)) == messages(log))
        }
    }

    private func enqueue(_ arguments: [String], _ stage: Stage) async throws -> JobID {
        let ended = try await stage.martlet(["job", "enqueue"] + arguments)
        guard ended.status == 0 else { throw Mishap("enqueue \(arguments): \(ended.errors)") }
        return try JobID(String(ended.output.dropLast()))
    }

    /// `job show`, with `--json` and without, against what the keys hold.
    private func compare(_ id: JobID, _ cli: RedisCLI, _ stage: Stage) async throws {
        let job = "'martlet:{default}:job:\(id.local)'"
        let before = try await cli.fields("redis-cli HGETALL \(job)")
        let attempts = try await cli.lines("redis-cli LRANGE 'martlet:{default}:attempts:\(id.local)' 0 -1")
        let log = try await cli.lines("redis-cli LRANGE 'martlet:{default}:log:\(id.local)' 0 -1")
        let shown = try await stage.martlet("job", "show", "\(id)")
        let json = try await stage.martlet("job", "show", "\(id)", "--json")
        #expect(shown.status == 0 && json.status == 0, "\(id): \(shown.errors)")
        let hash = try await cli.fields("redis-cli HGETALL \(job)")
        try #require(hash == before, "it changed meanwhile")

        let state = try #require(hash["state"])
        let score = try await cli.run("redis-cli ZSCORE 'martlet:{default}:\(state)' \(id.local)")
        #expect(score != "\n", "\(id) is in the set of its state")
        if state != "running", state != "waiting" {
            #expect(score.dropLast() == hash[state == "scheduled" ? "due_at" : "finished_at"] ?? "")
        }

        let fields = try #require(JSONValue(json.output)).fields
        for (name, value) in fields where !["id", "queue", "status", "priority", "attempt"].contains(name) {
            let stored = hash[name]
            #expect(value == stored.flatMap { JSONValue($0) } || text(value) == stored, "\(id): \(name)")
        }
        #expect(fields["priority"].map(text) == hash["priority"] ?? "0")
        #expect(fields["attempt"].map(text) == hash["attempt"] ?? "0")
        #expect(fields["id"] == .string("default/\(id.local)") && fields["queue"] == .string("default"))
        let facts = ShownJob(shown.output)
        for (name, value) in facts.facts {
            #expect(try #require(ShownJob.expected(name, id, hash), "\(name) is new: say where it stands") == value)
        }
        #expect(facts.facts["status"] == fields["status"].map(text))
        #expect(facts.attempts == attempts.map { ShownJob.row(JSONValue($0)?.fields ?? [:]) })
        #expect(facts.log.sorted() == log.map { ShownJob.line(JSONValue($0)?.fields ?? [:]) }.sorted())
        #expect(facts.keys.contains(job) && facts.keys.contains("'martlet:{default}:\(state)'"))
        for key in facts.keys {
            #expect(
                try await cli.run("redis-cli TYPE \(key)") != "none\n" || key.contains(":log:")
                    || key.contains(":attempts:")
            )
        }
    }
}

/// The text that is the value's, as a hash holds it.
private func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .integer(let number): "\(number)"
    default: "\(value)"
    }
}

/// What `job show` printed, taken apart; and how the same is written of what Redis holds.
private struct ShownJob {
    var facts: [String: String] = [:]
    var keys: [String] = []
    var attempts: [String] = []
    var log: [String] = []

    init(_ output: String) {
        let parts = output.components(separatedBy: "\n\n")
        var name = ""
        for line in parts[0].split(separator: "\n") {
            if line.first != " " { name = String(line.prefix { $0 != ":" }) }
            let value = line.dropFirst(line.first == " " ? 14 : name.count + 1).drop { $0 == " " }
            if name == "keys" {
                keys.append(String(value))
            } else {
                facts[name, default: ""] += value
            }
        }
        for part in parts.dropFirst() {
            let lines = part.split(separator: "\n").map(String.init)
            if lines[0].hasPrefix("Attempts") {
                attempts = lines.dropFirst(2).map(Self.narrow)
            } else {
                log += lines.dropFirst().map(Self.narrow).filter { $0 != "(none)" }
            }
        }
        for (name, value) in facts {
            // How long ago that is depends on when it was asked.
            if let end = value.range(of: "Z (") { facts[name] = String(value[..<end.lowerBound]) + "Z" }
            if name == "payload" { facts[name] = JSONValue(value).map { "\($0)" } ?? value }
        }
    }

    /// With one space where there are more.
    private static func narrow(_ line: String) -> String {
        line.split(separator: " ").joined(separator: " ")
    }

    /// What a fact says of a hash; nil when no hash has it.
    static func expected(_ fact: String, _ id: JobID, _ hash: [String: String]) -> String? {
        func time(_ field: String) -> Int64? { hash[field].flatMap { Int64($0) } }
        switch fact {
        case "job": return "\(id)"
        case "status": return status(hash)
        case "enqueued", "due", "started", "finished": return time("\(fact)_at").map(instant)
        case "slot": return time("slot").map(instant)
        case "waited":
            let (started, due) = (time("started_at") ?? 0, time("due_at") ?? 0)
            return span(started - max(time("enqueued_at") ?? 0, due <= started ? due : 0))
        case "ran": return span((time("finished_at") ?? 0) - (time("started_at") ?? 0))
        case "last error": return hash["error"]
        case "attempt", "priority": return hash[fact] ?? "0"
        case "payload": return hash["payload"].flatMap { JSONValue($0) }.map { "\($0)" }
        case "progress": return hash["progress"] == nil ? nil : "40 % (page 2)"
        default: return hash[fact]
        }
    }

    private static func status(_ hash: [String: String]) -> String {
        let title = hash["state"].flatMap { JobState(rawValue: $0)?.title } ?? ""
        guard hash["state"] == "scheduled", let attempt = hash["attempt"] else { return title }
        return "\(title) (retry \(attempt) of \(hash["max_retries"] ?? "?"))"
    }

    /// An entry of the list of attempts, as a row of the table.
    static func row(_ entry: [String: JSONValue]) -> String {
        func number(_ name: String) -> Int64 { entry[name].flatMap { Int64(text($0)) } ?? 0 }
        let error = ["error_type", "error"].compactMap { entry[$0].map(text) }.joined(separator: ": ")
        let (started, ended) = (number("started_at"), number("ended_at"))
        return "\(number("attempt")) \(entry["end"].map(text) ?? "") \(instant(started)) \(span(ended - started)) "
            + "\(entry["worker"].map(text) ?? "") \(error)"
    }

    /// A line of the log.
    static func line(_ entry: [String: JSONValue]) -> String {
        let time = entry["time"].flatMap { Int64(text($0)) } ?? 0
        let fields = (entry["fields"]?.fields ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\(text($0.value))" }
        let words = ["attempt", "level", "message"].compactMap { entry[$0].map(text) }.joined(separator: " ")
        return narrow("\(instant(time).dropFirst(11).dropLast()) \(words)\(fields.joined())")
    }

    private static func instant(_ milliseconds: Int64) -> String {
        let whole = Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
        return "\(whole.dropLast()).\("\(1000 + milliseconds % 1000)".dropFirst())Z"
    }

    private static func span(_ milliseconds: Int64) -> String {
        milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}
