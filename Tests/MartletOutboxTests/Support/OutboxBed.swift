import Foundation
import GRDB
import Logging
import Martlet
import MartletTesting
import ProcessSupervision
import RedisClient

/// A private Redis, and a folder for databases.
final class OutboxBed: Sendable {
    let server: RedisServer
    /// A producer's.
    let jobs: JobClient
    private let working: JobClient
    private let operating: JobClient
    /// As the default user, who may do everything.
    let redis: RedisClient
    let folder: String
    var inspector: Inspector { operating.inspector }
    /// A worker's.
    var store: JobStore { working.store }

    fileprivate init(_ server: RedisServer) throws {
        self.server = server
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-outbox-\(UUID().uuidString)").path
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

    /// A database of the application's own.
    func applicationDatabase(_ name: String = "app.db") throws -> DatabaseQueue {
        let database = try DatabaseQueue(path: "\(folder)/\(name)")
        try database.write { db in try db.execute(sql: "CREATE TABLE IF NOT EXISTS orders (number INTEGER)") }
        return database
    }

    func claim(_ limit: Int) async throws -> [ClaimedJob] {
        try await store.claim(
            queue: "default",
            worker: "ada",
            limit: limit,
            lease: .seconds(30),
            number: Int(Date().timeIntervalSince1970 * 1_000_000),
            again: false,
            crashLimit: 3,
            isIdle: true,
            types: ["greet"]
        ).jobs
    }
}

func withOutboxBed(arguments: [String] = [], body: (OutboxBed) async throws -> Void) async throws {
    try await withRedisServer(arguments: Role.users() + arguments) { server in
        let bed = try OutboxBed(server)
        do {
            try await body(bed)
        } catch {
            try await bed.clear()
            throw error
        }
        try await bed.clear()
    }
}
