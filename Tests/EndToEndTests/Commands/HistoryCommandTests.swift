import Foundation
import GRDB
import Martlet
import MartletTesting
import Testing
import ProcessSupervision

/// `martlet history`, `martlet outbox`, and reading on from Redis into the archive.
@Suite(.timeLimit(.minutes(15)))
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
            try await eventually("all are moved") {
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
            #expect(try await history("search", "host", "no", "--limit", "2").output.split(separator: "\n").count == 2)
            #expect(try await history("search", "host", "absent").status == 3)
            #expect(try await history("search").status == 64)
            let errors = try await history("errors")
            #expect(errors.output.contains("5 jobs, one cause: broken"), "\(errors.output)\(errors.errors)")
            let json = try await history("stats", "--json")
            #expect(json.output.contains(#""error":5"#) && json.output.contains(#""error_share":1"#), "\(json.output)")
            #expect(try await history("stats").output.contains("fine"))
            let copy = stage.folder + "/copy.db"
            #expect(try await history("backup", copy).status == 0)
            let asked = try await history("prune", "--older-than", "0s")
            #expect(asked.status == 64 && asked.errors.contains("To delete 10 jobs"), "\(asked.errors)")
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
            for verb in ["show", "logs"] {
                let without = try await stage.martlet("job", verb, "default/page-7")
                #expect(without.status == 3 && without.errors.contains("--archive PATH"), "\(without.errors)")
            }
            let waited = try await read("job", "wait", "default/fine-6", "default/fine-7")
            #expect((waited.status, waited.errors) == (0, ""))
            #expect(waited.output == "default/fine-6: Successful\ndefault/fine-7: Successful\n")
            #expect(try await read("job", "wait", "default/page-7").status == 1)
        }
    }

    @Test func `the beginning of more than one id in the archive is told with what it may mean`() async throws {
        try await withArchive { stage, path in
            func job(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(["job"] + arguments + ["--archive", path])
            }
            let words =
                "default/page is the beginning of more than one id: default/page-5 and default/page-6; write more"
            for verb in ["show", "logs", "wait", "restart"] {
                let ended = try await job(verb, "default/page")
                #expect((ended.status, ended.output) == (3, ""), "\(verb)")
                #expect(ended.errors.hasPrefix(words), "\(verb): \(ended.errors)")
            }
            // One in Redis and others in the archive are more than one too.
            _ = try await stage.enqueue("elsewhere", "--id", "page-50")
            #expect(try await job("show", "default/page-50").status == 0)
            #expect(try await job("show", "default/page-").errors.contains("default/page-50 and default/page-5 and "))
            let some = try await job("restart", "default/page", "default/page-7")
            #expect(some.status == 1 && some.output.hasPrefix("default/page-7: waiting"), "\(some.errors)")
        }
    }

    @Test func `an archive that only the environment names, and that is not there yet, hides nothing of Redis`()
        async throws
    {
        try await withStage { stage in
            let id = try await stage.enqueue("elsewhere")
            let path = stage.folder + "/none.db"
            func read(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(arguments, environment: ["MARTLET_ARCHIVE": path])
            }
            let note = "note: from Redis alone; MARTLET_ARCHIVE: \(path): there is no such archive; martlet archive "
            for arguments in [["job", "list", "--json"], ["stats", "--json"]] {
                let ended = try await stage.martlet(arguments, environment: ["MARTLET_ARCHIVE": path])
                #expect(ended.status == 0 && ended.output.contains("default"), "\(ended.errors)")
                #expect(ended.errors.contains(note), "\(ended.errors)")
                #expect(try await stage.martlet(arguments + ["--archive", path]).status == 1)
            }
            let shown = try await read("job", "show", "\(id)")
            #expect((shown.status, shown.errors) == (0, ""))
            let none = try await read("job", "restart", "default/a", "default/b")
            #expect(none.status == 3 && none.errors.components(separatedBy: note).count == 2, "\(none.errors)")
            #expect(try await read("history", "stats").status == 1)
        }
    }

    @Test func `a folder is named as what it is`() async throws {
        try await withStage { stage in
            for arguments in [["archive"], ["history", "stats", "--archive"]] {
                let ended = try await stage.martlet(arguments + [stage.folder])
                #expect(ended.status == 1 && ended.errors.contains("this is a folder"), "\(ended.errors)")
            }
        }
    }

    @Test func `a whole id is the archive's job, and not the beginning of another in Redis`() async throws {
        try await withArchive { stage, path in
            _ = try await stage.enqueue("broken", "--in", "1h", "--id", "page-7x")
            func read(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(["job"] + arguments + ["--archive", path])
            }
            #expect(try await read("show", "default/page-7").output.hasPrefix("job:          default/page-7\n"))
            #expect(try await read("logs", "default/page-7").output.contains("no route to host"))
            #expect(try await read("show", "default/page-7x").output.hasPrefix("job:          default/page-7x\n"))
        }
    }

    @Test func `a list is in order over Redis and the archive, and says where it may go on`() async throws {
        try await withArchive { stage, path in
            let waiting = try await stage.enqueue("elsewhere", "--id", "waiting")
            let last = try await stage.enqueue("fine", "--id", "last")
            try await eventually("it is moved") { try await stage.inspector.job(last) == nil }
            func list(_ arguments: String...) async throws -> (ids: [String], remark: String) {
                let ended = try await stage.martlet(["job", "list", "--json", "--archive", path] + arguments)
                let ids = ended.output.split(separator: "\n").compactMap {
                    $0.firstMatch(of: /"id":"default\/([^"]+)"/).map { String($0.1) }
                }
                return (ids, ended.errors)
            }
            let newest = try await list("--all", "--sort", "newest")
            #expect(newest.ids.count == 12 && newest.ids.prefix(2) == ["last", "waiting"], "\(newest)")
            #expect(newest.remark == "")
            let oldest = try await list("--all", "--sort", "oldest")
            #expect(oldest.ids == newest.ids.reversed())
            let cut = try await list("--all", "--sort", "newest", "--limit", "4")
            #expect(cut.ids == Array(newest.ids.prefix(4)))
            #expect(cut.remark.hasPrefix("4 shown, there may be more: --limit, --until 20"), "\(cut.remark)")
            let time = try #require(cut.remark.firstMatch(of: /--until (\S+)/)?.1)
            // Those of the same millisecond come again.
            #expect(try await list("--all", "--sort", "newest", "--until", String(time)).ids.contains(newest.ids[4]))
            #expect(try await list("--all", "--sort", "oldest", "--limit", "4").remark.contains("--since 20"))
            _ = waiting
        }
    }

    @Test func `a job that has gone to the archive is restarted out of it`() async throws {
        try await withArchive { stage, path in
            let without = try await stage.martlet("job", "restart", "default/page-7")
            #expect(without.status == 3 && without.errors.contains("--archive"), "\(without.errors)")
            func restart(_ arguments: String...) async throws -> MartletProcess.Ended {
                try await stage.martlet(["job", "restart"] + arguments, environment: ["MARTLET_ARCHIVE": path])
            }
            let dry = try await restart("default/page-7", "--dry-run")
            #expect(dry.status == 0 && dry.output.contains("default/page-7"), "\(dry.output)\(dry.errors)")
            #expect(try await stage.inspector.counts(queue: "default").values.reduce(0, +) == 0)
            let again = try await restart("default/page-7", "--as", "ada")
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.output == "default/page-7: waiting to run, enqueued again out of the archive\n")
            let database = try DatabaseQueue(path: path)
            func moves() async throws -> Int? {
                let sql = "SELECT count(*) FROM jobs WHERE id = 'page-7'"
                return try await database.read { db in try Int.fetchOne(db, sql: sql) }
            }
            try await eventually("it has run and is moved again") { try await moves() == 2 }
            let rows = try await database.read { db in
                try String.fetchAll(
                    db,
                    sql: "SELECT json_array(type, payload, state, max_retries, object) FROM jobs WHERE id = 'page-7'"
                )
            }
            #expect(rows[0] == rows[1])
            #expect(try await stage.martlet("audit").output.contains("default/page-7"))
            let mixed = try await restart("default/page-6", "default/none")
            #expect(mixed.output.hasPrefix("default/page-6: waiting") && mixed.status == 1, "\(mixed.errors)")
            #expect(mixed.errors == "there is no job default/none\n")
        }
    }

    @Test func `the questions of their page are answered by sqlite3`() async throws {
        try await withArchive { stage, path in
            let text = try Page.named("HistorySQL").text()
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

    @Test func `a call that can't be right leaves nothing in the spool, and a refused job is told of`() async throws {
        try await withStage { stage in
            let spool = stage.folder + "/spool.db"
            let wrong = try await stage.martlet("job", "enqueue", "greet", "--spool", spool, "--redis", "nonsense")
            #expect(wrong.status != 0 && wrong.output == "", "\(wrong.output)")
            stage.server.kill()
            #expect(try await stage.martlet("job", "enqueue", "greet", "--spool", spool, "--id", "one").status == 0)
            #expect(try await stage.martlet("outbox", "status", spool, "--json").output.contains(#""pending":1"#))
            let database = try DatabaseQueue(path: spool)
            try await database.write { try $0.execute(sql: "UPDATE martlet_outbox SET options = '{\"priority\":999}'") }
            try await stage.server.restart()
            let replay = try await stage.martlet("outbox", "replay", spool)
            #expect(replay.errors.hasPrefix("0 sent\n1 refused: default/one: priority"), "\(replay.errors)")
        }
    }
}
