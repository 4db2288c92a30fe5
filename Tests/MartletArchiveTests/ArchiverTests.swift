import Foundation
import GRDB
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing

/// What an archiver makes of finished jobs.
@Suite(.timeLimit(.minutes(15)))
struct ArchiverTests {
    @Test func `a finished job goes from Redis into the archive, with its attempts and its log`() async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(
                1,
                json: #"{"to":"ada"}"#,
                options: JobOptions(priority: 3, timeLimit: .seconds(9), object: "disk/1"),
                log: ["hello", "timeout after 30 s"],
                as: .error,
                error: "no route to host",
                errorType: "Oops"
            )[0]
            try await bed.archive()
            #expect(try await bed.inspector.job(id) == nil)
            #expect(
                try bed.values(
                    "SELECT queue, id, type, state, payload, object, priority, attempt, error, options FROM jobs"
                )
                    == [
                        #"default|\#(id.local)|greet|error|{\"to\":\"ada\"}|disk/1|3|1|no route to host|{\"time_limit_ms\":9000}"#
                    ]
            )
            #expect(
                try bed.values("SELECT attempt, outcome, worker, error_type, error FROM attempts")
                    == ["1|failed|ada|Oops|no route to host"]
            )
            #expect(
                try bed.values("SELECT line, attempt, level, message, fields FROM log_lines ORDER BY line")
                    == [#"0|1|info|hello|{\"n\":\"0\"}"#, #"1|1|info|timeout after 30 s|{\"n\":\"1\"}"#]
            )
            #expect(try bed.values("SELECT type, error_type, message FROM causes") == ["greet|Oops|no route to host"])
        }
    }

    @Test func `nothing of a moved job is left in Redis`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(3, options: JobOptions(retention: .seconds(60), object: "disk/1"), log: ["hello"])
            try await bed.archive()
            let reply = try await bed.redis.send(RedisCommand("KEYS", ["*"]))
            let root = "martlet:{default}"
            // What an hour's counts say is of no one job, and expires.
            let keys = Set(reply.array?.compactMap(\.string) ?? []).filter { !$0.hasPrefix("\(root):counts:") }
            #expect(
                keys.subtracting([
                    "martlet:archiver", "martlet:queues", "\(root):token", "\(root):gone", "\(root):pulse",
                    "\(root):wake",
                    "\(root):claim:ada",
                ]) == []
            )
        }
    }

    @Test func `a job that was restarted after it was read stays, and is moved once more when it has finished`()
        async throws
    {
        try await withArchiveBed { bed in
            let id = try await bed.finish(1, log: ["first"], as: .error, error: "no")[0]
            let record = try #require(try await bed.inspector.job(id))
            let asRead = ArchivedVersion(
                local: id.local,
                state: "error",
                attempt: "1",
                finishedAt: "\(try #require(record.finishedAt).milliseconds)"
            )
            try await bed.inspector.restart(id, by: Operator("ada"))
            #expect(try await bed.store.archive([asRead], queue: "default") == 0)
            #expect(try await bed.inspector.state(id) == .waiting)
            let job = try #require(try await bed.claim(1).first)
            try await bed.write(["second"], to: job)
            _ = try await bed.store.finish([JobEnding(job, .successful, report: nil)], queue: "default")
            #expect(try await bed.store.archive([asRead], queue: "default") == 0)
            try await bed.archive()
            #expect(try bed.values("SELECT state, attempt FROM jobs") == ["successful|2"])
            #expect(
                try bed.values("SELECT attempt, outcome FROM attempts ORDER BY attempt") == [
                    "1|failed", "2|successful",
                ]
            )
            #expect(try bed.values("SELECT message FROM log_lines ORDER BY line") == ["first", "second"])
        }
    }

    @Test func `a job that is moved twice changes nothing, and one that went on between is written over`() async throws
    {
        try await withArchiveBed { bed in
            let id = try await bed.finish(1, log: ["first"], as: .error, error: "no")[0]
            let keys = ["job:\(id.local)", "log:\(id.local)", "attempts:\(id.local)"].map { "martlet:{default}:\($0)" }
            var dumps: [RedisValue] = []
            for key in keys { dumps.append(try await bed.redis.send(RedisCommand("DUMP", [RedisArgument(key)]))) }
            let time = try #require(try await bed.inspector.job(id)?.finishedAt)
            /// As if the archiver had died before it deleted the job.
            func bringBack() async throws {
                for (key, dump) in zip(keys, dumps) {
                    let bytes = RedisArgument(try #require(dump.bytes))
                    _ = try await bed.redis.send(RedisCommand("RESTORE", [RedisArgument(key), 0, bytes]))
                }
                _ = try await bed.redis.send(
                    RedisCommand(
                        "ZADD",
                        ["martlet:{default}:error", RedisArgument(time.milliseconds), RedisArgument(id.local)]
                    )
                )
            }
            try await bed.archive()
            let tables = ["jobs", "attempts", "log_lines", "causes"]
            let before = try tables.map { try bed.values("SELECT * FROM \($0)") }
            try await bringBack()
            try await bed.archive()
            #expect(try tables.map { try bed.values("SELECT * FROM \($0)") } == before)
            try await bringBack()
            try await bed.inspector.restart(id, by: Operator("ada"))
            let job = try #require(try await bed.claim(1).first)
            _ = try await bed.store.finish([JobEnding(job, .successful, report: nil)], queue: "default")
            try await bed.archive()
            #expect(try bed.values("SELECT state, attempt FROM jobs") == ["successful|2"])
            #expect(
                try bed.values("SELECT attempt, outcome FROM attempts ORDER BY attempt") == [
                    "1|failed", "2|successful",
                ]
            )
            #expect(try bed.values("SELECT message FROM log_lines") == ["first"])
        }
    }

    @Test func `an id that is used again later is another job`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(1, json: "1", ids: ["mine"])
            try await bed.archive()
            try await bed.finish(1, json: "2", ids: ["mine"])
            try await bed.archive()
            #expect(try bed.values("SELECT payload, attempt FROM jobs ORDER BY number") == ["1|1", "2|1"])
            let history = try History(path: bed.path)
            defer { history.close() }
            #expect(try await history.job(JobID("default/mine"))?.payload == "2")
        }
    }

    @Test func `every attempt that ended is a row, however it ended`() async throws {
        try await withArchiveBed { bed in
            _ = try await bed.jobs.enqueue([NewJob(type: "greet", json: "{}", options: JobOptions(backoff: .zero))])
            var job = try #require(try await bed.claim(1).first)
            _ = try await bed.store.release([job], queue: "default", worker: "ada")
            job = try #require(try await bed.claim(1).first)
            let failure = AttemptEnd(job, .failed, worker: "ada", errorType: "Oops", error: "no route")
            _ = try await bed.store.retry(
                job,
                after: .zero,
                report: nil,
                error: "no route",
                attempt: failure,
                maxRetries: 5
            )
            try await eventually("it is due") {
                job = try await bed.claim(1).first ?? job
                return job.attempt == 2
            }
            _ = try await bed.store.finish(
                [JobEnding(job, .successful, report: .warning, error: "odd")],
                queue: "default"
            )
            try await bed.archive()
            #expect(
                try bed.values("SELECT attempt, outcome, ifnull(error, '') FROM attempts ORDER BY started_at, number")
                    == ["1|released|", "1|failed|no route", "2|warning|odd"]
            )
        }
    }

    @Test func `jobs wait for their time, and those with a retention of their own go when that is over`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(2)
            try await bed.finish(1, type: "short", options: JobOptions(retention: .milliseconds(1)))
            let configuration = ArchiverConfiguration(after: .seconds(3600), interval: .milliseconds(10))
            try await bed.withArchiver(configuration) {
                try await eventually("the short one is moved") { try await bed.left() == 2 }
            }
            #expect(try bed.values("SELECT type FROM jobs") == ["short"])
        }
    }

    @Test func `of two archivers one moves jobs, and the other one takes over`() async throws {
        try await withArchiveBed { bed in
            let store = bed.store
            func hold(_ holder: String, _ lease: Duration = .seconds(600)) async throws -> ArchiverLease {
                try await store.leaseArchiver(holder, lease: lease, fields: [("path", holder)])
            }
            func isHeld(_ lease: ArchiverLease) -> Bool {
                if case .held = lease { true } else { false }
            }
            #expect(isHeld(try await hold("ada")))
            let reply = try await hold("bob")
            guard case .taken(let holder, let left) = reply else {
                Issue.record("bob has a lease: \(reply)")
                return
            }
            #expect(holder == "ada" && left > .seconds(300) && left <= .seconds(600))
            #expect(isHeld(try await hold("ada", .zero)))
            #expect(isHeld(try await hold("bob")))
            #expect(try await bed.inspector.archiver()?.path == "bob")
            // Archivers stand by while somebody has it.
            try await bed.finish(1)
            try await bed.withArchiver {
                try await Task.sleep(for: .milliseconds(200))
                #expect(try await bed.left() == 1)
                _ = try await hold("bob", .zero)
                try await eventually("it is moved") { try await bed.left() == 0 }
            }
        }
    }

    @Test func `what is past retention goes from the archive`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(3)
            try await bed.archive()
            // As if they had finished long ago.
            let database = try DatabaseQueue(path: bed.path)
            try await database.write {
                try $0.execute(sql: "UPDATE jobs SET finished_at = finished_at - 100 * 86400000")
            }
            try database.close()
            try await bed.withArchiver {
                try await eventually("they have gone") { try bed.values("SELECT count(*) FROM jobs") == ["0"] }
            }
        }
    }

    @Test func `workers prune nothing by age that an archive is to have`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(5)
            #expect(try await bed.store.hasArchiver() == false)
            _ = try await bed.store.leaseArchiver("ada", lease: .seconds(30), fields: [])
            #expect(try await bed.store.hasArchiver())
            func prune(_ age: Duration?, max: Int) async throws -> Int {
                try await bed.store.prune(queue: "default", limit: 10, successful: age, others: age, maxJobs: max)
            }
            #expect(try await prune(nil, max: 100) == 0)
            #expect(try await prune(nil, max: 3) == 2)
            try await bed.inspector.forgetArchiver(by: Operator("ada"))
            #expect(try await bed.store.hasArchiver() == false)
            #expect(try await prune(.zero, max: 100) == 3)
        }
    }
}
