import Foundation
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing

/// What is read from an archive.
@Suite(.timeLimit(.minutes(15)))
struct HistoryTests {
    private func filter(_ change: (inout JobFilter) -> Void) -> JobFilter {
        var filter = JobFilter()
        change(&filter)
        return filter
    }

    @Test func `a job, its attempts and its log read in the archive as they did in Redis`() async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(
                1,
                json: #"{"to":"ada"}"#,
                options: JobOptions(priority: 3, maxRetries: 2, object: "disk/1"),
                log: ["one", "two"],
                as: .error,
                error: "no route",
                errorType: "Oops"
            )[0]
            let record = try await bed.inspector.job(id)
            let attempts = try await bed.inspector.attempts(id)
            let log = try await bed.inspector.log(id)
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.job(id) == record)
            #expect(try await history.attempts(id) == attempts)
            let archived = try await history.log(id)
            #expect(archived.entries.map(\.message) == log.entries.map(\.message))
            #expect(archived.entries.map(\.fields) == log.entries.map(\.fields))
            #expect(archived.next == log.next)
            #expect(try await history.log(id, from: 1).entries.map(\.message) == ["two"])
            #expect(
                try await history.jobs(
                    filter {
                        $0.object = "disk/1"; $0.states = [.error]
                    }
                ).map(\.id) == [id]
            )
            #expect(try await history.jobs(filter { $0.states = [.successful] }).isEmpty)
            #expect(try await history.counts() == [.error: 1])
        }
    }

    @Test func `a log that lost its first lines says so, and its lines keep their numbers`() async throws {
        try await withArchiveBed { bed in
            _ = try await bed.jobs.enqueue([NewJob(type: "greet", json: "{}")])
            let job = try #require(try await bed.claim(1).first)
            try await bed.write((0..<10).map { "line \($0)" }, to: job, limits: LogLimits(lines: 4))
            _ = try await bed.store.finish([JobEnding(job, .successful, report: nil)], queue: "default")
            try await bed.archive()
            #expect(try bed.values("SELECT line FROM log_lines ORDER BY line") == ["-1", "6", "7", "8", "9"])
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.log(job.id).entries[0].message.hasPrefix("6 earlier lines cut"))
            #expect(try await history.log(job.id, from: 8).entries.map(\.message) == ["line 8", "line 9"])
        }
    }

    @Test func `a search finds words in log lines and errors, and keeps to the filter`() async throws {
        try await withArchiveBed { bed in
            let logged = try await bed.finish(1, log: ["a timeout of db-7 after 30 s", "fine"])[0]
            let failed = try await bed.finish(1, type: "other", as: .error, error: "Timeout: no answer from db-7")[0]
            try await bed.finish(1, log: ["nothing here"])
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            func find(_ text: String, _ filter: JobFilter = JobFilter()) async throws -> Set<JobID> {
                Set(try await history.search(text, filter).map(\.job))
            }
            #expect(try await find("timeout") == [logged, failed])
            #expect(try await find("TIMEOUT db-7") == [logged, failed])
            #expect(try await find("\"no answer\"") == [failed])
            #expect(try await find("time*") == [logged, failed])
            #expect(try await find("timeout", filter { $0.types = ["other"] }) == [failed])
            #expect(try await find("timeout", filter { $0.since = Date(milliseconds: 1) }) == [logged, failed])
            #expect(try await find("timeout", filter { $0.since = Date(milliseconds: 9_999_999_999_999) }) == [])
            #expect(try await find("absent") == [])
            #expect(try await find("col:umn OR -") == [])
            await #expect(throws: ArchiveError.self) { _ = try await history.search("\" - ") }
        }
    }

    @Test func `errors that differ in numbers, ids and quoted names are one group`() async throws {
        try await withArchiveBed { bed in
            for number in 0..<5 {
                try await bed.finish(
                    1,
                    as: .error,
                    error: "no answer from \"db-\(number)\" after \(number * 1000) ms (request 3f2a9c\(number)d)",
                    errorType: "Timeout"
                )
            }
            try await bed.finish(2, as: .error, error: "disk full", errorType: "Timeout")
            try await bed.finish(1, type: "other", as: .error, error: "disk full", errorType: "Timeout")
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            let groups = try await history.errors()
            #expect(groups.map(\.jobs) == [5, 2, 1])
            #expect(groups[0].message == "no answer from \"…\" after # ms (request #)")
            #expect(groups[0].sample.hasPrefix("no answer from \"db-"))
            #expect(groups[0].firstSeen.milliseconds > 0 && groups[0].firstSeen <= groups[0].lastSeen)
            #expect(try await history.errors(fingerprint: groups[1].fingerprint).map(\.jobs) == [2])
        }
    }

    @Test func `stats count by day and type, with quantiles of waiting and running`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(8)
            try await bed.finish(2, as: .error, error: "no")
            try await bed.finish(3, type: "other")
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            let stats = try await history.stats()
            #expect(stats.map(\.type) == ["greet", "other"])
            #expect(stats[0].counts == [.successful: 8, .error: 2])
            #expect(stats[0].errorShare == 0.2)
            let run = try #require(stats[0].run)
            #expect(run.median <= run.p95 && run.p95 <= run.p99 && run.p99 <= run.longest)
        }
    }

    @Test func `a quantile is the least value that so many of the values do not exceed`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(20)
            try await bed.archive()
            try await bed.write("UPDATE jobs SET run_ms = number, wait_ms = CASE WHEN number > 10 THEN 7 ELSE 3 END")
            let history = try History(path: bed.path)
            defer { history.close() }
            let stats = try #require(try await history.stats().first)
            let (run, wait) = (try #require(stats.run), try #require(stats.wait))
            #expect([run.median, run.p95, run.p99, run.longest].map(\.milliseconds) == [10, 19, 20, 20])
            #expect([wait.median, wait.p95, wait.p99, wait.longest].map(\.milliseconds) == [3, 7, 7, 7])
        }
    }

    @Test func `the last job of a group is the one that met with the error last`() async throws {
        try await withArchiveBed { bed in
            let options = JobOptions(object: "disk/1")
            try await bed.finish(1, ids: ["early"], options: options, as: .error, error: "no")
            try await bed.finish(1, ids: ["late"], options: options, as: .error, error: "no")
            try await bed.archive()
            // As if the early one had gone on for long after it had met with this.
            try await bed.write("UPDATE jobs SET finished_at = 1000000 WHERE id = 'early'")
            try await bed.write("UPDATE jobs SET finished_at = 500000 WHERE id = 'late'")
            try await bed.write(
                "UPDATE attempts SET ended_at = 100000 WHERE job IN (SELECT number FROM jobs WHERE id = 'early')"
            )
            try await bed.write(
                "UPDATE attempts SET ended_at = 500000 WHERE job IN (SELECT number FROM jobs WHERE id = 'late')"
            )
            let history = try History(path: bed.path)
            defer { history.close() }
            for filter in [JobFilter(), filter { $0.object = "disk/1" }, filter { $0.queues = ["default"] }] {
                let group = try #require(try await history.errors(filter).first)
                #expect((group.firstSeen.milliseconds, group.lastSeen.milliseconds) == (100_000, 500_000))
                #expect(group.lastJob.local == "late")
            }
        }
    }

    @Test func `what a log says of its lost lines is found as it reads now`() async throws {
        try await withArchiveBed { bed in
            let id = JobID.makeLocal()
            _ = try await bed.jobs.enqueue([NewJob(type: "greet", json: "{}", id: id)])
            func run() async throws {
                let job = try #require(try await bed.claim(1).first)
                try await bed.write((0..<10).map { "line \($0)" }, to: job, limits: LogLimits(lines: 4))
                _ = try await bed.store.finish([JobEnding(job, .successful, report: nil)], queue: "default")
            }
            try await run()
            let keys = ["job:\(id)", "log:\(id)"].map { "martlet:{default}:\($0)" }
            var dumps: [RedisValue] = []
            for key in keys { dumps.append(try await bed.redis.send(RedisCommand("DUMP", [RedisArgument(key)]))) }
            let whole = try JobID(queue: "default", local: id)
            let time = try #require(try await bed.inspector.job(whole)?.finishedAt)
            try await bed.archive()
            // As if the archiver had died before it deleted the job, which went on then.
            for (key, dump) in zip(keys, dumps) {
                let bytes = RedisArgument(try #require(dump.bytes))
                _ = try await bed.redis.send(RedisCommand("RESTORE", [RedisArgument(key), 0, bytes]))
            }
            _ = try await bed.store.redis.send(
                RedisCommand(
                    "ZADD",
                    ["martlet:{default}:successful", RedisArgument(time.milliseconds), RedisArgument(id)]
                )
            )
            try await bed.inspector.restart(whole, by: Operator("ada"))
            try await run()
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.log(whole).entries[0].message.hasPrefix("16 earlier lines cut"))
            #expect(try await history.search("\"16 earlier\"").count == 1)
            #expect(try await history.search("\"6 earlier\"").isEmpty)
        }
    }

    @Test func `a damaged archive is not set aside by whoever prunes it`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(100, log: ["hello"])
            try await bed.archive()
            let file = try FileHandle(forWritingTo: URL(filePath: bed.path))
            try file.truncate(atOffset: try file.seekToEnd() / 2)
            try file.close()
            await #expect(throws: ArchiveError.self) {
                _ = try await Archive.prune(path: bed.path, finishedBefore: .distantFuture)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: bed.folder)
            #expect(files.filter { $0.contains("damaged") }.isEmpty)
        }
    }

    @Test func `a backup is made while the archive is in use, and reads like it`() async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(1, log: ["hello"])[0]
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            let copy = bed.folder + "/copy.db"
            try await history.backup(to: copy)
            let other = try History(path: copy)
            defer { other.close() }
            #expect(try await other.job(id) == (try await history.job(id)))
            #expect(try await other.search("hello").map(\.job) == [id])
            await #expect(throws: ArchiveError.self) { try await history.backup(to: copy) }
        }
    }

    @Test func `pruning takes old jobs with all that belongs to them`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(1200, log: ["old line"], as: .error, error: "old trouble")
            try await bed.archive()
            let gone = try await Archive.prune(path: bed.path, finishedBefore: .distantFuture)
            #expect(gone == 1200)
            for table in ["jobs", "attempts", "log_lines", "causes"] {
                #expect(try bed.values("SELECT count(*) FROM \(table)") == ["0"], "\(table)")
            }
            let id = try await bed.finish(1, log: ["new line"])[0]
            try await bed.archive()
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.search("line", filter { $0.since = Date(milliseconds: 1) }).map(\.job) == [id])
            #expect(try await history.search("old").isEmpty)
        }
    }

    @Test func `what is no archive is refused by name`() async throws {
        try await withArchiveBed { bed in
            let text = bed.folder + "/text.db"
            try Data("no database, but long enough to be read as one, if only somebody tried to do so at all".utf8)
                .write(to: URL(filePath: text))
            #expect(throws: ArchiveError.self) { try History(path: text) }
            let error = #expect(throws: ArchiveError.self) { try Archive.check(path: text) }
            #expect(error?.message.contains("no database any more") == false, "\(error?.message ?? "")")
            #expect(throws: ArchiveError.self) { try History(path: bed.folder + "/none.db") }
            #expect(throws: ArchiveError.self) { try Archive.check(path: bed.folder + "/none/history.db") }
        }
    }
}
