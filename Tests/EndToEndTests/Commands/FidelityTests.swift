import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

/// What the command line takes is what is stored, and what is stored is what it shows.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct FidelityTests {
    @Test(arguments: [
        #"{"id":12345678901234567890,"d":1.10,"e":1e5,"dup":1,"dup":2,"z":0,"a":-0.0}"#,
        #"[1.0,100000000000000000000,{"b":[],"a":{}},"\ud83d\ude00","a\/b","\u0000"]"#, #""text""#, "7.50",
    ])
    func `a payload is shown byte for byte`(payload: String) async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", payload)
            let json = try await stage.martlet("job", "show", "\(id)", "--json")
            #expect(json.output.contains("\"payload\":\(payload),\""), "\(json.output)")
            let shown = try await stage.martlet("job", "show", "\(id)").output
            let block = shown.components(separatedBy: "payload:").last?.components(separatedBy: "\nkeys:").first ?? ""
            let text = block.replacing("\n", with: "").replacing(" ", with: "")
            #expect(text == payload.replacing(" ", with: ""), "\(shown)")
        }
    }

    /// As an earlier release, or another program, may have put it in: it is text then, and no line of output is broken.
    @Test(arguments: [#"{"a":1,}"#, "[1]]", "{\"a\":\"x\ny\"}", #"{"a":01}"#, "NaN"])
    func `a stored payload that is no JSON is shown as text`(payload: String) async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x")
            let key = RedisArgument("martlet:{default}:job:\(id.local)")
            _ = try await stage.redis.send(RedisCommand("HSET", [key, "payload", RedisArgument(payload)]))
            let json = try await stage.martlet("job", "show", "\(id)", "--json").output
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            #expect(json.split(separator: "\n").count == 1 && object?["payload"] as? String == payload, "\(json)")
        }
    }

    @Test func `a list ends with how to go on, and goes on there until nothing is left`() async throws {
        try await withStage { stage in
            for _ in 0..<7 { _ = try await stage.enqueue("x") }
            var arguments = ["job", "list", "--limit", "3"]
            var ids: [String] = []
            for count in [3, 3, 1] {
                let page = try await stage.martlet(arguments + ["--json"])
                let jobs = try page.output.split(separator: "\n").map { line in
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                }
                #expect(jobs.count == count && page.status == 0)
                ids += jobs.compactMap { $0?["id"] as? String }
                let cursor = jobs.last??["cursor"] as? String ?? ""
                let table = try await stage.martlet(arguments)
                #expect(table.errors.contains("the same with --after \(cursor)\n") == (count == 3), "\(table.errors)")
                arguments = ["job", "list", "--limit", "3", "--after", cursor]
            }
            #expect(Set(ids).count == 7)
            let end = try await stage.martlet(arguments)
            #expect(end.status == 3 && end.errors.contains("no more jobs"), "\(end.errors)")
            let wrong = try await stage.martlet("job", "list", "--after", "7")
            #expect(wrong.status == 64 && wrong.errors.contains("cursor: \"7\" is not acceptable"), "\(wrong.errors)")
        }
    }

    @Test func `JSON over several lines is one line of JSON output`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "{\n\t\"a\": 1.50,\r\n \"b\": []}")
            let json = try await stage.martlet("job", "show", "\(id)", "--json").output
            #expect(json.split(separator: "\n").count == 1 && json.contains(#""a": 1.50,"#), "\(json)")
            _ = try JSONSerialization.jsonObject(with: Data(json.utf8))
        }
    }

    /// In milliseconds each is in January 1970: the job ran at once, the deletion took every job.
    @Test(arguments: [
        ["job", "enqueue", "x", "--at"], ["job", "list", "--since"], ["job", "delete", "--status", "error", "--until"],
        ["schedule", "preview", "--cron", "* * * * *", "--from"],
    ])
    func `a time in seconds is refused, with the milliseconds it would be`(command: [String]) async throws {
        try await withStage { stage in
            for (text, remedy) in [("1795874417", "1795874417000"), ("1795874417.5", "1795874418000")] {
                let ended = try await stage.martlet(command + [text])
                #expect(ended.status == 64 && ended.errors.contains(remedy), "\(ended.errors)")
            }
            // As seconds these would be no better.
            let small = try await stage.martlet(command + ["12"])
            #expect(small.status == 64 && small.errors.contains("Write 2026-11-23T12:00:00Z"), "\(small.errors)")
            for text in ["nan", "inf", "1e308", "-1e300", "99999999999999999999", "2026-02-30", "soon"] {
                let ended = try await stage.martlet(command.dropLast() + ["\(command.last ?? "")=\(text)"])
                #expect(ended.status == 64, "\(text): \(ended.errors)")
            }
            #expect(try await stage.redis.send(RedisCommand("DBSIZE")).int == 0)
        }
    }

    @Test func `a job is enqueued with a backoff and a retention, zero too`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue(
                "x",
                "--backoff",
                "0s",
                "--backoff-max",
                "1m30s",
                "--retention",
                "0s",
                "--max-retries",
                "1"
            )
            let key = RedisArgument("martlet:{default}:job:\(id.local)")
            let names: [RedisArgument] = ["backoff_ms", "backoff_max_ms", "retention_ms"]
            let fields = try await stage.redis.send(RedisCommand("HMGET", [key] + names))
            #expect(fields.array?.map(\.string) == ["0", "90000", "0"])
        }
    }

    @Test func `a log line keeps its tabs, and is printed as it was written where a program reads it`() async throws {
        try await withStage { stage in
            let yaml = #"jobs: {trace: {command: [printf, 'Exception\n\tat com.acme.Foo\n\033[31mred\n']}}"#
            let worker = try await stage.worker(yaml)
            let id = try await stage.enqueue("trace")
            try await stage.wait(for: id, .successful)
            worker.signal(SIGTERM)
            let lines = try await stage.martlet("job", "logs", "\(id)").output
            #expect(lines.contains("\tat com.acme.Foo") && lines.contains(#"\u{1b}[31mred"#), "\(lines)")
            #expect(try await stage.martlet("job", "show", "\(id)").output.contains("\tat com.acme.Foo"))
            let raw = try await stage.martlet("job", "logs", "\(id)", "--raw").output
            #expect(raw.contains("Exception\n\tat com.acme.Foo\n\u{1b}[31mred\n"), "\(raw)")
            let both = try await stage.martlet("job", "logs", "\(id)", "--raw", "--json")
            #expect(both.status == 64)
            let screen = "script -qec '\(MartletProcess.martlet) job logs \(id) --raw' /dev/null < /dev/null"
            let environment = ["MARTLET_REDIS_URL": stage.server.url(as: .viewer)]
            let ended = try await stage.start("-c", screen, executable: "/bin/sh", environment: environment).ended()
            #expect(ended.status == 64 && ended.output.contains("does not write to a terminal"), "\(ended.output)")
        }
    }

    /// It quieted the only worker: an empty text is a beginning of every id.
    @Test(arguments: [["worker", "quiet", ""], ["worker", "show", ""]])
    func `an empty text names no worker`(command: [String]) async throws {
        try await withStage { stage in
            try await stage.jobs.store.announce(
                "ada",
                fields: { _ in [("host", "h")] },
                queues: ["mail"],
                forgottenAfter: .seconds(60),
                isThorough: true
            )
            let ended = try await stage.martlet(command)
            #expect(ended.status == 3 && ended.errors.contains(#"no live worker has the id """#), "\(ended.errors)")
            #expect(try await stage.inspector.workers().first?.isQuiet == false)
        }
    }
}
