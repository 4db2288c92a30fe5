import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// `martlet worker`, and tables on a terminal.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct WorkerListTests {
    @Test func `a worker is listed with what it does, and is quiet when it is told to be`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(
                "jobs: {slow: {command: [sleep, '30'], queue: mail}, quick: {command: ['true'], queue: mail}}"
            )
            let slow = try await stage.enqueue("slow", "--queue", "mail")
            try await stage.wait(for: slow, .running)
            let id = try #require(try await stage.inspector.workers().first?.id)
            let quiet = try await stage.martlet("worker", "quiet", String(id.dropLast(2)), "--as", "ada")
            #expect(quiet.status == 0 && quiet.output.hasPrefix("\(id): told to claim nothing more"), "\(quiet.errors)")
            try await eventually("it says that it is quiet", within: .seconds(60)) {
                try await stage.inspector.workers().first?.isQuiet == true
            }
            let quick = try await stage.enqueue("quick", "--queue", "mail")
            let list = try await stage.martlet("worker", "list")
            let row = try #require(list.output.split(separator: "\n").first { $0.hasPrefix(id) })
            for text in [" \(worker.pid) ", " mail ", " 1/10 ", " \(slow) ", " MiB ", " 0.", "quiet"] {
                #expect(row.contains(text), "\(text) in \(row)")
            }
            #expect(try await stage.record(quick).state == .waiting)
            let show = try await stage.martlet("worker", "show", id)
            for text in [
                "quiet\n", "types:        quick slow\n", "busy:         1 of 10\n", "Jobs now\n",
            ] {
                #expect(show.output.contains(text), "\(text) in \(show.output)")
            }
            let json = try await stage.martlet("worker", "list", "--json")
            #expect(json.output.contains(#""quiet":true"#) && json.output.contains(#""queues":["mail"]"#))

            _ = try await stage.martlet("worker", "quiet", "--off", id)
            try await stage.wait(for: quick, .successful)
            #expect(try await stage.record(slow).state == .running)
            let audit = try await stage.inspector.audit()
            #expect(audit.map(\.action) == ["worker quiet --off", "worker quiet"] && audit.last?.by == "ada")
            worker.signal(SIGKILL)
        }
    }

    @Test func `stats has the same object for a worker, and numbers as numbers for the archiver`() async throws {
        try await withStage { stage in
            try await plant("w1", ["queues": "mail", "concurrency": "4", "running": "1", "jobs": "mail/a"], stage)
            _ = try await stage.redis.send(
                RedisCommand("HSET", ["martlet:archiver", "path", "/srv/7", "moved", "12", "seen_at", "1700000000000"])
            )
            let list = try await stage.martlet("worker", "list", "--json").output
            let stats = try await stage.martlet("stats", "--json").output
            #expect(list.contains(#""concurrency":4"#) && stats.hasPrefix(list), "\(stats)")
            let archiver = #"{"archiver":{"backlog":0,"moved":12,"path":"/srv/7","seen_at":1700000000000}}"#
            #expect(stats.hasSuffix(archiver + "\n"), "\(stats)")
            // It may say so after the clock was read.
            _ = try await stage.redis.send(RedisCommand("HSET", ["martlet:archiver", "seen_at", "9000000000000"]))
            let text = try await stage.martlet("stats").output
            #expect(text.contains(": 0 ms ago it had moved 12 jobs"), "\(text)")
        }
    }

    @Test func `no workers and different versions are said in red on a terminal`() async throws {
        try await withStage { stage in
            let none = try await stage.martlet("worker", "list")
            #expect((none.status, none.output) == (3, "No workers: nothing will run.\n"))
            try await plant("w1", ["version": "1.0", "release": "a"], stage)
            try await plant("w2", ["version": "1.1", "release": "a"], stage)
            let plain = try await stage.martlet("worker", "list")
            #expect(plain.output.hasSuffix("\nWorkers of different versions: 1.0, 1.1.\n"))
            let red = try await terminal("worker list", stage, environment: ["NO_COLOR": ""])
            #expect(
                red.contains("\u{1b}[31mWorkers of different versions: 1.0, 1.1.\u{1b}[0m"),
                "\(red.debugDescription)"
            )
            let bare = try await terminal("worker list", stage, environment: ["NO_COLOR": "1"])
            #expect(!bare.contains("\u{1b}") && bare.contains("Workers of different versions"))
            let nobody = try await stage.martlet("worker", "show", "w")
            #expect(nobody.status == 3 && nobody.errors.contains("w is the beginning of more than one id; there are w"))
        }
    }

    @Test func `a table fits the terminal, wide characters too`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--object", "磁盘/🙂e\u{301}" + String(repeating: "表", count: 40))
            let whole = try await stage.martlet("job", "list")
            #expect(whole.output.contains(String(repeating: "表", count: 40)))
            let lines = try await terminal("job list", stage, columns: 90).split(whereSeparator: \.isNewline)
            #expect(lines.count == 2)
            let row = try #require(lines.last)
            #expect(row.hasPrefix("\(id) ") && row.contains("…"))
            #expect(
                row.unicodeScalars.reduce(0) { $0 + ($1.value > 0x2e80 ? 2 : $1.value == 0x301 ? 0 : 1) } <= 90,
                "\(row)"
            )
        }
    }

    /// Runs `martlet` on a terminal, and gives all that it printed there.
    private func terminal(
        _ arguments: String,
        _ stage: Stage,
        columns: Int = 200,
        environment: [String: String] = [:]
    ) async throws -> String {
        let line = "stty cols \(columns); '\(MartletProcess.martlet)' \(arguments)"
        let process = try stage.start(
            "-qec",
            line,
            "/dev/null",
            executable: "/usr/bin/script",
            environment: environment.merging(["TERM": "xterm", "MARTLET_REDIS_URL": stage.server.url]) { $1 }
        )
        return try await process.ended().output
    }

    private func plant(_ id: String, _ fields: [String: String], _ stage: Stage) async throws {
        let arguments = fields.flatMap { [RedisArgument($0.key), RedisArgument($0.value)] }
        _ = try await stage.redis.send(RedisCommand("HSET", [RedisArgument("martlet:worker:\(id)")] + arguments))
        _ = try await stage.redis.send(RedisCommand("ZADD", ["martlet:workers", "99999999999999", RedisArgument(id)]))
    }
}
