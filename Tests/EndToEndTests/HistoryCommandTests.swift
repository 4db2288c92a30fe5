import Foundation
import Martlet
import MartletTesting
import Testing

/// `martlet history`, `martlet outbox`, and reading on from Redis into the archive.
@Suite(.timeLimit(.minutes(2)))
struct HistoryCommandTests {
    private static let yaml = """
        concurrency: 4
        jobs:
          fine:
            command: ['echo', 'all is well on host 7']
          broken:
            command: ['sh', '-c', 'echo no route to host; exit 3']
            max_retries: 0
        """

    /// A worker with an archive that has 5 jobs of each type in it.
    private func withArchive(_ body: (Stage, String) async throws -> Void) async throws {
        try await withStage { stage in
            let path = stage.folder + "/history.db"
            _ = try await stage.worker(Self.yaml, "--archive", path, "--archive-after", "0s")
            for type in ["fine", "broken"] {
                _ = try await stage.jobs.enqueue(
                    (0..<5).map {
                        try NewJob(type: type, json: "{}", id: "\(type == "broken" ? "page" : type)-\($0 + 5)")
                    }
                )
            }
            try await eventually("all are moved", within: .seconds(30)) {
                let counts = try await stage.inspector.counts(queue: "default")
                return counts.values.reduce(0, +) == 0
            }
            try await body(stage, path)
        }
    }

    @Test func `search, errors and stats answer from the archive`() async throws {
        try await withArchive { stage, path in
            func history(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(["history"] + arguments, environment: ["MARTLET_ARCHIVE": path])
            }
            let found = try await history("search", "route", "--since", "2d", "--type", "broken")
            #expect(
                found.status == 0 && found.output.split(separator: "\n").count == 5,
                "\(found.output)\(found.errors)"
            )
            #expect(try await history("search", "absent").status == 3)
            let errors = try await history("errors")
            #expect(errors.output.contains("5 jobs, one cause: broken"), "\(errors.output)\(errors.errors)")
            let json = try await history("stats", "--json")
            #expect(json.output.contains(#""error":5"#) && json.output.contains(#""error_share":1"#), "\(json.output)")
            #expect(try await history("stats").output.contains("fine"))
            let copy = stage.folder + "/copy.db"
            #expect(try await history("backup", copy).status == 0)
            #expect(try await history("prune", "--older-than", "0s").errors.contains("10 jobs"))
            #expect(try await history("prune", "--older-than", "0s", "--yes").status == 0)
            #expect(try await history("search", "route").status == 3)
            #expect(try await stage.martlet("history", "search", "route", "--archive", copy).status == 0)
            let stats = try await stage.martlet("stats")
            #expect(stats.output.contains("archive \(path)"))
            #expect(try await stage.martlet("doctor").output.contains("moved 10 jobs"))
        }
    }

    @Test func `job show, list and logs, and stats, read on from Redis into the archive`() async throws {
        try await withArchive { stage, path in
            let waiting = try await stage.enqueue("elsewhere")
            func read(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(arguments + ["--archive", path])
            }
            let shown = try await read("job", "show", "default/page-7")
            #expect(
                shown.output.contains("status:") && shown.output.contains("Error"),
                "\(shown.output)\(shown.errors)"
            )
            #expect(shown.output.contains("no route to host") && shown.output.contains("failed"))
            #expect(try await read("job", "show", "default/page-7", "--json").output.contains(#""state":"error""#))
            let logs = try await read("job", "logs", "default/fine-6")
            #expect(logs.output.contains("all is well on host 7"), "\(logs.output)\(logs.errors)")
            let list = try await read("job", "list", "--json")
            let lines = list.output.split(separator: "\n")
            #expect(lines.count == 6 && lines[0].contains("\(waiting)"), "\(list.output)\(list.errors)")
            #expect(
                try await read("job", "list", "--json", "--all", "--type", "fine").output.split(separator: "\n").count
                    == 5
            )
            #expect(
                try await read("job", "list", "--json", "--error", "EXIT", "--limit", "2").output.split(separator: "\n")
                    .count == 2
            )
            #expect(try await read("job", "show", "default/none").status == 3)
            #expect(try await read("stats").output.contains("default, archived"))
            #expect(try await stage.martlet("job", "show", "default/page-7").status == 3)
        }
    }

    @Test func `the five questions of the README are answered by sqlite3`() async throws {
        try await withArchive { stage, path in
            let text = try String(contentsOf: readme, encoding: .utf8)
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("sqlite3 history.db ") }
            #expect(lines.count >= 5)
            for line in lines {
                let ended = try await stage.start("-c", String(line), executable: "/bin/sh").ended()
                #expect(ended.status == 0 && ended.errors.isEmpty && !ended.output.isEmpty, "\(line): \(ended.errors)")
            }
        }
    }

    @Test func `a job goes through the spool when Redis is down, and is sent with the next one`() async throws {
        try await withStage { stage in
            let spool = stage.folder + "/spool.db"
            stage.server.kill()
            let first = try await stage.martlet("job", "enqueue", "greet", "--spool", spool, "--id", "one")
            #expect((first.status, first.output) == (0, "default/one\n"), "\(first.errors)")
            #expect(first.errors.contains("1 wait in"))
            let status = try await stage.martlet("outbox", "status", spool)
            #expect(status.output.hasPrefix("wait for Redis            1, the oldest for "))
            try await stage.server.restart()
            let second = try await stage.martlet("job", "enqueue", "greet", "--spool", spool, "--id", "two")
            #expect((second.status, second.output, second.errors) == (0, "default/two\n", ""))
            #expect(try await stage.inspector.counts(queue: "default")[.waiting] == 2)
            #expect(try await stage.martlet("outbox", "status", spool, "--json").output.contains(#""pending":0"#))
            #expect(try await stage.martlet("outbox", "replay", spool).errors == "0 sent\n")
            #expect(try await stage.martlet("outbox", "status", stage.folder + "/none.db").status == 64)
        }
    }

    private let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "README.md")
}
