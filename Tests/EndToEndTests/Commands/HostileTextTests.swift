import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// Text from outside can do nothing to the terminal of whoever looks at it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct HostileTextTests {
    /// A link, a cleared screen, a return to the start of the line, NUL, a C1 control, text turned around, and bytes
    /// that are no UTF-8.
    private static let hostile: [UInt8] =
        Array("\u{1b}]8;;http://evil\u{7}x\u{1b}[2J\rforged\u{0}\u{7f}\u{9b}2J\u{85}\u{202e}txt\u{2028}".utf8) + [
            0xff, 0xc3,
        ]
        + Array("\nstatus:       Successful\u{e0041}".utf8)

    @Test func `no command prints a control character of theirs, or lets them forge a line`() async throws {
        try await withStage { stage in
            try await plant(stage)
            for command in [
                ["job", "list"], ["job", "list", "--all"], ["job", "list", "--object", Self.text],
                ["job", "show", "q/evil"],
                ["job", "logs", "q/evil"], ["job", "explain", "q/evil"], ["job", "explain", "q/busy"],
                ["job", "cancel", "q/busy"], ["stats"], ["job", "list", "--json"], ["queue", "list"],
                ["queue", "list", "--json"], ["queue", "show", "q"], ["queue", "show", "q", "--json"],
                ["worker", "list"],
                ["worker", "list", "--json"], ["worker", "show", Self.text], ["audit"], ["audit", "--json"],
                ["job", "explain", "q/busy", "--json"], ["job", "list", "--error", "forged", "--show-redis"],
                ["job", "list", "--object", Self.text, "--show-redis"], ["worker", "quiet", Self.text],
                ["job", "restart", "--error", "forged", "--dry-run"], ["job", "delete", "q/evil", "--dry-run"],
                ["job", "show", "q/evil", "--json"],
                ["job", "logs", "q/evil", "--json"], ["stats", "--json"],
            ] {
                let arguments = command.map { $0.replacing("\u{0}", with: "") }
                let ended = try await stage.martlet(arguments)
                let name = command.prefix(2).joined(separator: " ")
                if !command.contains("--object"), !command.contains(Self.text) {
                    #expect(ended.status == 0, "\(name): \(ended.errors)")
                    #expect(ended.output.contains("forged"), "\(name) shows it, escaped")
                }
                for scalar in (ended.output + ended.errors).unicodeScalars where scalar != "\n" {
                    #expect(!Self.isHarmful(scalar), "\(arguments) printed U+\(String(scalar.value, radix: 16))")
                }
                // Not even indented.
                #expect(
                    !ended.output.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix("status:       S") }
                )
            }
        }
    }

    @Test func `what is wrong with an argument is said without what it could do to a terminal`() async throws {
        try await withStage { stage in
            for command in [
                ["job", "show"], ["job", "list", "--since"], ["outbox", "status"], ["work", "-c"], ["script"],
                ["job", "list", "--archive"], ["archive"], ["schedule", "show"], ["queue", "pause"],
            ] {
                let ended = try await stage.martlet(command + ["none/\u{1b}[2Jforged\u{9b}2J"])
                #expect([1, 64].contains(ended.status), "\(command): \(ended.errors)")
                #expect(ended.errors.contains(#"\u{1b}[2Jforged"#), "\(command): \(ended.errors)")
                #expect(!ended.errors.unicodeScalars.contains { $0 != "\n" && Self.isHarmful($0) }, "\(command)")
            }
        }
    }

    @Test func `every line of a log is one JSON object, whatever is stored`() async throws {
        try await withStage { stage in
            let id = try await stage.jobs.enqueue([NewJob(type: "greet", json: "{}")])[0].id
            let stored: [[UInt8]] = [
                Self.hostile, Array("no JSON".utf8), Array("[1]".utf8), Array("\"text\"".utf8), [],
                Array("{\"message\":\"a\"}\n{\"message\":\"forged\"}".utf8), Array("{\"message\":\"\u{7}\"}".utf8),
                Array("{\"time\":1,\"level\":\"info\",\"attempt\":1,\"message\":\"fine\"}".utf8),
            ]
            let key = RedisArgument("martlet:{default}:log:\(id.local)")
            _ = try await stage.redis.send(RedisCommand("RPUSH", [key] + stored.map { RedisArgument($0) }))
            let ended = try await stage.martlet("job", "logs", "\(id)", "--json")
            #expect(ended.status == 0, "\(ended.errors)")
            let lines = ended.output.split(separator: "\n")
            #expect(lines.count == stored.count)
            for line in lines {
                #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
            }
            #expect(lines.last == #"{"time":1,"level":"info","attempt":1,"message":"fine"}"#)
        }
    }

    private static var text: String { String(decoding: hostile, as: UTF8.self) }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Hostile text in every place that somebody with access to Redis can write to.
    private func plant(_ stage: Stage) async throws {
        let hostile = RedisArgument(Self.hostile)
        func send(_ name: String, _ arguments: [RedisArgument]) async throws {
            _ = try await stage.redis.send(RedisCommand(name, arguments))
        }
        try await send("SADD", ["martlet:queues", "q", hostile])
        let hash: [RedisArgument] = ["type", "payload", "object", "error", "reason", "progress", "worker", "warning"]
        for (id, state) in [("evil", "error"), ("busy", "running")] {
            let key = RedisArgument("martlet:{q}:job:\(id)")
            try await send("HSET", [key, "state", RedisArgument(state)] + hash.flatMap { [$0, hostile] })
            try await send("HSET", [key, "attempt", "1", "attempts_before_restart", "-9223372036854775808"])
            try await send("HSET", [key, "enqueued_at", "-9223372036854775808", "started_at", "9223372036854775807"])
            try await send("HSET", [key, "due_at", "-1", "finished_at", "9223372036854775807", "log_cut", "-1"])
            try await send("ZADD", [RedisArgument("martlet:{q}:\(state)"), "2", RedisArgument(id)])
        }
        let quoted = JSONText.quoted(Self.text)
        let line = #"{"time":1,"level":\#(quoted),"attempt":1,"message":\#(quoted),"fields":{\#(quoted):\#(quoted)}}"#
        try await send(
            "RPUSH",
            ["martlet:{q}:log:evil", hostile, RedisArgument(line), "{", RedisArgument(Self.hostile + Self.hostile)]
        )
        try await send("HSET", ["martlet:{q}:meta", "paused_at", "1", "paused_by", hostile])
        try await send("ZADD", ["martlet:{q}:object:ok", "1", "evil"])
        let entry = #"{"id":"x","time":1,"by":\#(quoted),"action":\#(quoted),"scope":\#(quoted),"matched":1}"#
        try await send("RPUSH", ["martlet:audit", RedisArgument(entry), hostile])
        try await send("ZADD", ["martlet:workers", "99999999999999", hostile])
        try await send(
            "HSET",
            [
                RedisArgument(Array("martlet:worker:".utf8) + Array(Self.text.utf8)), "queues", hostile, "running",
                hostile,
            ]
        )
        let polite = try await stage.martlet(
            "job",
            "enqueue",
            "x",
            #""\u001b[2J""#,
            "--object",
            "\u{1b}[2Jforged",
            "--queue",
            "q"
        )
        #expect(polite.status == 0)
    }
}
