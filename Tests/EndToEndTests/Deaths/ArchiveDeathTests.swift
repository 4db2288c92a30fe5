import Foundation
import GRDB
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

private let chaos = Bundle.main.bundleURL.appending(path: "MartletChaos").path

/// An archiver that is killed at each of its steps.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ArchiveDeathTests {
    static let points =
        ArchiverStep.allCases.map(\.rawValue)
        + ["archive", "archive_lease"].flatMap { script in
            ["beforeSend", "afterSend", "afterReply"].map { "\(script) \($0)" }
        }

    @Test func `killed at any step, every finished attempt is archived once and nothing is lost`() async throws {
        try await withStage { stage in
            let path = stage.folder + "/history.db"
            var all: Set<String> = []
            for point in Self.points {
                for visit in [1, 2] {
                    // Two batches and a bit.
                    while try await stage.inspector.counts(queue: "default")[.successful] ?? 0 < 2200 {
                        all.formUnion(try await stage.finishJobs(500))
                    }
                    let archiver = try stage.start(
                        "archive-step",
                        "--redis",
                        stage.server.url,
                        "--path",
                        path,
                        "--step",
                        point,
                        "--visit",
                        "\(visit)",
                        executable: chaos
                    )
                    // What comes later makes another pass.
                    try await eventually("it dies at \(point)", within: .seconds(600)) {
                        if archiver.isRunning { all.formUnion(try await stage.finishJobs(20)) }
                        return !archiver.isRunning
                    }
                    let ended = try await archiver.ended()
                    #expect(ended.status == -SIGKILL, "\(point) \(visit): \(ended.errors)")
                    let (archived, kept) = (try archivedIDs(path), try await stage.finishedIDs())
                    #expect(archived.union(kept) == all, "\(point) \(visit)")
                }
            }
            let archiver = try stage.start(
                "archive-step",
                "--redis",
                stage.server.url,
                "--path",
                path,
                executable: chaos
            )
            try await eventually("all are moved", within: .seconds(60)) { try await stage.finishedIDs().isEmpty }
            archiver.signal(SIGKILL)
            _ = try await archiver.ended()
            #expect(try archivedIDs(path) == all)
            let database = try DatabaseQueue(path: path)
            let counts = try await database.read { db in
                try Row.fetchOne(
                    db,
                    sql: """
                        SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM attempts), (SELECT count(*) FROM log_lines),
                               (SELECT count(*) FROM log_search WHERE log_search MATCH 'hello')
                        """
                ).map { ($0[0] as Int, $0[1] as Int, $0[2] as Int, $0[3] as Int) }
            }
            #expect(try #require(counts) == (all.count, all.count, all.count, all.count))
            let damage = try await database.read { db in try String.fetchOne(db, sql: "PRAGMA integrity_check") }
            #expect(damage == "ok")
        }
    }

    private func archivedIDs(_ path: String) throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }  // read only
        return try database.read { db in
            guard try db.tableExists("jobs") else { return [] }
            let ids = try String.fetchAll(db, sql: "SELECT id FROM jobs")
            // One row for each.
            #expect(ids.count == Set(ids).count)
            return Set(ids)
        }
    }
}

extension Stage {
    /// Enqueues jobs and ends them, each with a line of log, without a worker.
    func finishJobs(_ count: Int, retention: Duration? = nil) async throws -> [String] {
        _ = try await jobs.enqueue((0..<count).map { _ in try NewJob(type: "greet", json: "{}") })
        let claimed = try await claim(count)
        for job in claimed {
            let line = "{\"time\":\(job.startedAt),\"level\":\"info\",\"attempt\":1,\"message\":\"hello\"}"
            jobs.store.log(
                job,
                lines: [Array(line.utf8)],
                first: 0,
                lost: 0,
                progress: "",
                limits: LogLimits()
            ) { _ in }
        }
        try await finish(claimed)
        return claimed.map(\.id.local)
    }

    func claim(_ count: Int, type: String = "greet", queue: String = "default") async throws -> [ClaimedJob] {
        try await jobs.store.claim(
            queue: queue,
            worker: "ada",
            limit: count,
            lease: .seconds(30),
            number: Int(Date().timeIntervalSince1970 * 1_000_000),
            again: false,
            crashLimit: 3,
            isIdle: true,
            types: [HandledType(type)]
        ).jobs
    }

    func finish(_ claimed: [ClaimedJob], retention: Duration? = nil, queue: String = "default") async throws {
        let endings = claimed.map { JobEnding($0, .successful, report: nil, retention: retention) }
        for reply in try await jobs.store.finish(endings, queue: queue) { #expect(reply == .done(.successful)) }
    }

    func finishedIDs() async throws -> Set<String> {
        let reply = try await redis.send(
            RedisCommand("ZRANGE", [RedisArgument(jobs.store.keys.state(.successful, of: "default")), 0, -1])
        )
        return Set(reply.array?.compactMap(\.string) ?? [])
    }
}
