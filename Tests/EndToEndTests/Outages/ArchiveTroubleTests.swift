import Foundation
import GRDB
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing

/// What `martlet work --archive` makes of an archive in trouble: its jobs run on, the cause is told, nothing is lost,
/// and the archive fills again by itself.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ArchiveTroubleTests {
    private static let yaml = "concurrency: 4\njobs:\n  quick:\n    command: ['true']\n"

    private struct Quick: Job {
        static let jobType = "quick"
        var padding = ""
    }

    /// A worker with an archive, and how many jobs it was given.
    private final class Bench {
        let stage: Stage
        let path: String
        let worker: MartletProcess
        private(set) var count = 0

        init(_ stage: Stage, path: String) async throws {
            self.stage = stage
            self.path = path
            worker = try await stage.worker(
                ArchiveTroubleTests.yaml,
                "--archive",
                path,
                "--archive-after",
                "0s",
                "--concurrency",
                "4"
            )
        }

        /// Enqueues jobs, and waits until they have run: they are in Redis, or in the archive.
        func run(_ jobs: Int, bytes: Int = 0) async throws {
            _ = try await stage.jobs.enqueue(
                (0..<jobs).map { _ in Quick(padding: String(repeating: "x", count: bytes)) }
            )
            count += jobs
            try await eventually("all have run") {
                let counts = try await stage.inspector.counts(queue: "default")
                return [JobState.waiting, .running, .scheduled].allSatisfy { counts[$0] == 0 }
            }
        }

        /// Waits until so many are in the archive, and none in Redis: it lets go of them a moment later.
        func moved(_ jobs: Int) async throws {
            try await eventually("they are moved") {
                let left = try await stage.inspector.counts(queue: "default")[.successful]
                return try left == 0 && archived() == jobs
            }
        }

        /// Waits for the alarm.
        func alarm(_ words: String) async throws {
            try await worker.said("finished jobs are not moved")
            try await eventually("the cause is told") {
                try await stage.inspector.archiver()?.error?.contains(words) == true
            }
            let doctor = try await stage.martlet("doctor")
            #expect(
                doctor.output.contains("finished jobs are not moved to the archive") && doctor.output.contains(words)
            )
            #expect(doctor.status == 1)
        }

        /// Waits until the archive has all but so many, and Redis none.
        func recovered(without lost: Int = 0) async throws {
            try await eventually("all are moved", within: .seconds(60)) {
                try await stage.inspector.counts(queue: "default")[.successful] == 0
            }
            #expect(try archived() == count - lost)
            try await eventually("the alarm is over") { try await stage.inspector.archiver()?.error == nil }
            #expect(worker.isRunning)
        }

        func archived() throws -> Int {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? database.close() }  // read only
            return try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM jobs") ?? 0 }
        }
    }

    @Test func `a full disk`() async throws {
        try await withSmallDisk(megabytes: 8) { disk in
            try await withStage { stage in
                let bench = try await Bench(stage, path: disk.path + "/history.db")
                try await bench.run(20)
                try await bench.moved(20)
                try disk.fill()
                try await bench.run(100, bytes: 4000)
                try await bench.alarm("disk is full")
                try await bench.run(50)
                try disk.clear()
                try await bench.recovered()
                bench.worker.signal(SIGTERM)
                #expect(try await bench.worker.ended().status == 0)
            }
        }
    }

    @Test func `a database that is cut off while it is in use`() async throws {
        try await withStage { stage in
            let bench = try await Bench(stage, path: stage.folder + "/history.db")
            try await bench.run(100, bytes: 4000)
            try await bench.moved(100)
            #expect(truncate(bench.path, 40_000) == 0)
            try await bench.run(50)
            try await bench.recovered(without: 100)
            let notice = try await stage.inspector.archiver()?.notice ?? ""
            #expect(notice.contains("history.db.damaged-"), "\(notice)")
            let names = try FileManager.default.contentsOfDirectory(atPath: stage.folder)
            #expect(
                names.contains { $0.contains("history.db.damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
            )
        }
    }

    @Test func `a write-ahead log that is taken away while it is in use`() async throws {
        try await withStage { stage in
            let bench = try await Bench(stage, path: stage.folder + "/history.db")
            try await bench.run(50)
            try await bench.moved(50)
            try FileManager.default.removeItem(atPath: bench.path + "-wal")
            try await bench.run(50)
            try await bench.worker.said("history.db-wal: the file was deleted")
            try await bench.recovered()
        }
    }

    @Test func `a write-ahead log that is lost with its process`() async throws {
        try await withStage { stage in
            let bench = try await Bench(stage, path: stage.folder + "/history.db")
            try await bench.run(200)
            try await bench.moved(200)
            bench.worker.signal(SIGKILL)
            _ = try await bench.worker.ended()
            try FileManager.default.removeItem(atPath: bench.path + "-wal")
            // What has gone from Redis is in the file itself.
            #expect(try bench.archived() == 200)
        }
    }

    /// Another connection, which may keep a transaction open.
    private func holder(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    @Test func `a second process that holds the write lock`() async throws {
        try await withStage { stage in
            let bench = try await Bench(stage, path: stage.folder + "/history.db")
            try await bench.run(20)
            try await bench.moved(20)
            let other = try holder(bench.path)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
            try await bench.run(50)
            try await bench.alarm("another process holds its write lock")
            try await bench.run(50)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
            try other.close()
            try await bench.recovered()
        }
    }

    @Test func `a reader that holds the archive open`() async throws {
        try await withStage { stage in
            let bench = try await Bench(stage, path: stage.folder + "/history.db")
            try await bench.run(20)
            try await bench.moved(20)
            let other = try holder(bench.path)
            try await other.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN")
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM jobs")
            }
            // More than the log may grow to: its limit is 64 MiB.
            for _ in 0..<4 {
                for _ in 0..<4 { _ = try await stage.finishLarge(100, bytes: 60_000) }
            }
            try await bench.alarm("a reader has held it open")
            let size = try FileManager.default.attributesOfItem(atPath: bench.path + "-wal")[.size] as? Int ?? 0
            #expect(size < 100 << 20)
            try await bench.run(20)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
            try other.close()
            try await bench.recovered(without: -1600)
        }
    }
}

extension Stage {
    /// Jobs with large payloads, of a type that no worker knows, ended here.
    fileprivate func finishLarge(_ count: Int, bytes: Int) async throws {
        let text = "\"\(String(repeating: "x", count: bytes))\""
        _ = try await jobs.enqueue((0..<count).map { _ in try NewJob(type: "large", json: text) })
        var ended = 0
        while ended < count {
            let claimed = try await claim(count - ended, type: "large")
            try await finish(claimed)
            ended += claimed.count
        }
    }
}
