import Foundation
import GRDB
import Logging
import Martlet
import MartletArchive
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// A private Redis, a folder for databases, and jobs that end as a test says.
final class ArchiveBed: Sendable {
    let server: RedisServer
    /// A producer's.
    let jobs: JobClient
    private let working: JobClient
    private let operating: JobClient
    /// As the default user, who may do everything.
    let redis: RedisClient
    let folder: String
    var path: String { "\(folder)/history.db" }
    var inspector: Inspector { operating.inspector }
    /// A worker's.
    var store: JobStore { working.store }

    fileprivate init(_ server: RedisServer) throws {
        self.server = server
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-archive-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        jobs = try JobClient(redis: server.url(as: .producer), logger: Self.quiet)
        working = try JobClient(redis: server.url(as: .worker), logger: Self.quiet)
        operating = try JobClient(redis: server.url(as: .operator), logger: Self.quiet)
        redis = RedisClient(try RedisConfiguration(url: server.url), logger: Self.quiet)
    }

    fileprivate func clear() async throws {
        for client in [jobs, working, operating] { await client.close() }
        await redis.close()
        try FileManager.default.removeItem(atPath: folder)
    }

    static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

    /// An archiver's configuration that moves at once.
    static let atOnce = ArchiverConfiguration(after: .zero, interval: .milliseconds(20))

    /// Enqueues jobs and ends each in the same way, without a worker.
    @discardableResult
    func finish(
        _ count: Int,
        type: String = "greet",
        json: String = "{}",
        ids: [String]? = nil,
        options: JobOptions = JobOptions(),
        log: [String] = [],
        as outcome: JobEnding.Outcome = .successful,
        report: SelfReport? = nil,
        error: String = "",
        errorType: String? = nil
    ) async throws -> [JobID] {
        let new = try (0..<count).map {
            try NewJob(type: type, json: json, id: ids?[$0], options: options)
        }
        var ended: [JobID] = []
        _ = try await jobs.enqueue(new)
        let queue = options.queue ?? "default"
        while ended.count < count {
            let claim = try await claim(min(count - ended.count, 500), queue: queue, types: [type])
            try #require(!claim.isEmpty)
            for job in claim where !log.isEmpty { try await write(log, to: job) }
            let endings = claim.map { job in
                JobEnding(
                    job,
                    outcome,
                    report: report,
                    error: error,
                    attempt: outcome == .successful
                        ? nil
                        : AttemptEnd(
                            job,
                            outcome == .cancelled ? .cancelled : .failed,
                            worker: "ada",
                            errorType: errorType,
                            error: error
                        ),
                    retention: options.retention
                )
            }
            _ = try await store.finish(endings, queue: queue)
            ended += claim.map(\.id)
        }
        return ended
    }

    func claim(_ limit: Int, queue: String = "default", types: [String] = ["greet"]) async throws -> [ClaimedJob] {
        try await store.claim(
            queue: queue,
            worker: "ada",
            limit: limit,
            lease: .seconds(30),
            number: Int(Date().timeIntervalSince1970 * 1_000_000),
            again: false,
            crashLimit: 3,
            isIdle: true,
            types: types.map { HandledType($0) }
        ).jobs
    }

    func write(_ messages: [String], to job: ClaimedJob, limits: LogLimits = LogLimits()) async throws {
        let lines = messages.enumerated().map { place, message in
            "{\"time\":\(job.startedAt.milliseconds + Int64(place)),\"level\":\"info\",\"attempt\":\(job.attempt),"
                + "\"message\":\(JSONText.quoted(message)),\"fields\":{\"n\":\"\(place)\"}}"
        }
        _ = try await withCheckedContinuation { continuation in
            store.log(
                job,
                lines: lines.map { Array($0.utf8) },
                first: 0,
                lost: 0,
                progress: "",
                limits: limits
            ) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Runs an archiver while `body` does.
    func withArchiver(
        _ configuration: ArchiverConfiguration = ArchiveBed.atOnce,
        logger: Logger = ArchiveBed.quiet,
        path: String? = nil,
        _ body: () async throws -> Void
    ) async throws {
        let client = try JobClient(redis: server.url(as: .worker), logger: logger)
        let archiver = try Archiver(client, path: path ?? self.path, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await archiver.run() }
            try await body()
            group.cancelAll()
        }
        await client.close()
    }

    /// How many finished jobs Redis still holds.
    func left(queue: String = "default") async throws -> Int {
        try await inspector.counts(queue: queue).filter { $0.key.isFinished }.values.reduce(0, +)
    }

    /// Moves all there is.
    func archive() async throws {
        try await withArchiver {
            try await eventually("all jobs are moved") {
                for queue in try await inspector.queueNames() where try await left(queue: queue) > 0 { return false }
                return true
            }
        }
    }

    /// Changes the archive behind everybody's back.
    func write(_ sql: String) async throws {
        let database = try DatabaseQueue(path: path)
        try await database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    /// What a query of one column says of the archive.
    func values(_ sql: String, path: String? = nil) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path ?? self.path, configuration: configuration)
        defer { try? database.close() }  // read only
        return try database.read { db in
            try Row.fetchAll(db, sql: sql).map { row in
                row.databaseValues.map { "\($0)".trimmingCharacters(in: ["\""]) }.joined(separator: "|")
            }
        }
    }
}

func withArchiveBed(arguments: [String] = [], body: (ArchiveBed) async throws -> Void) async throws {
    try await withRedisServer(arguments: Role.users() + arguments) { server in
        let bed = try ArchiveBed(server)
        do {
            try await body(bed)
        } catch {
            try await bed.clear()
            throw error
        }
        try await bed.clear()
    }
}
