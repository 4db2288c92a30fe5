import Foundation
import GRDB
import Martlet
import MartletOutbox
import MartletTesting
import ProcessSupervision
import RedisClient
import Testing

private struct Greet: Job {
    static let jobType = "greet"
    var number = 0
}

/// What the files of a spool may be, who may read them, and what may stand in them and in Redis beside them.
@Suite(.timeLimit(.minutes(15)))
struct OutboxFileTests {
    private func rights(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `a spool, its log, its index and its lock are readable for their owner alone`() async throws {
        try await withOutboxBed { bed in
            let path = bed.folder + "/spool.db"
            let spool = try Spool.open(path)
            _ = try await spool.enqueue([NewJob(Greet())])
            #expect(try await OutboxRelay(spool, to: bed.jobs).relayOnce() == 1)
            for ending in ["", "-wal", "-shm", "-relay"] {
                #expect(try rights(path + ending) == 0o600, "spool.db\(ending)")
            }
        }
    }

    @Test func `a pipe, a folder or a file that is none in place of a spool is refused by name`() async throws {
        try await withOutboxBed { bed in
            let pipe = bed.folder + "/pipe.db"
            #expect(mkfifo(pipe, 0o600) == 0)
            let text = bed.folder + "/text.db"
            try Data(String(repeating: "no database ", count: 100).utf8).write(to: URL(filePath: text))
            for path in [pipe, bed.folder, text, bed.folder + "/none/spool.db"] {
                for mustBeThere in [true, false] {
                    let error = #expect(throws: JobError.self) { try Spool.open(path, mustBeThere: mustBeThere) }
                    #expect(error?.code == .outbox)
                    #expect(error?.message.hasPrefix(path) == true, "\(error?.message ?? "")")
                }
            }
            #expect(throws: JobError.self) { try JobClient(spool: pipe, redis: bed.server.url) }
        }
    }

    @Test func `an application's database without an outbox gets none by being looked at`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let path = database.path
            #expect(throws: JobError.self) { try Spool.open(path, mustBeThere: true) }
            #expect(try await database.read { try !$0.tableExists("martlet_outbox") })
        }
    }

    @Test(
        arguments: [
            "9223372036854775807", "-9223372036854775808", "1e308", "'text'", "x'ff00fe'", "''", "'{'", "'pending'",
            "'refused'", "'sent'",
        ]
    ) func `no value in any column of an outbox stops a reader or its relay`(value: String) async throws {
        try await withOutboxBed { bed in
            for table in ["martlet_outbox", "martlet_outbox_queues", "martlet_outbox_meta", "martlet_outbox_depth"] {
                let model = try Spool.open(bed.folder + "/model.db")
                let columns = try await model.columns(of: table)
                for column in columns {
                    let outbox = try Spool.open("\(bed.folder)/\(table)-\(column).db", keepUntilFinished: true)
                    _ = try await outbox.enqueue([NewJob(Greet(), id: "\(table)-\(column)", start: .after(.seconds(9)))]
                    )
                    let relay = OutboxRelay(outbox, to: bed.jobs)
                    _ = try await relay.relayOnce()
                    _ = try await outbox.enqueue([
                        NewJob(Greet(), id: "\(table)-\(column)-2", start: .after(.seconds(9)))
                    ])
                    // Some values are of no type or not unique.
                    await outbox.change("UPDATE \(table) SET \(column) = \(value)")
                    _ = try? await outbox.status()
                    _ = try? await outbox.refusedJobs()
                    _ = try? await outbox.lostJobs(bed.jobs)
                    _ = try? await relay.relayOnce()
                    _ = try? await outbox.retryRefused()
                    _ = try? await outbox.enqueue([NewJob(Greet())])
                    _ = try? await outbox.deleteRefused()
                }
            }
        }
    }

    @Test(
        arguments: [
            "9007199254740992", "9223372036854775807", "-1", "-1e308", "1e308", "1.5", "text", "",
        ]
    ) func `what somebody wrote in place of the last row's number silences no outbox`(value: String) async throws {
        try await withOutboxBed { bed in
            let outbox = try Outbox(try bed.applicationDatabase())
            let relay = OutboxRelay(outbox, to: bed.jobs)
            _ = try await outbox.enqueue((0..<3).map { try NewJob(Greet(), id: "job-\($0)") })
            #expect(try await relay.relayOnce() == 3)
            let key: RedisArgument = "martlet:{default}:meta"
            let names = try await bed.redis.send(RedisCommand("HKEYS", [key])).array?.compactMap(\.string) ?? []
            for name in names where name.hasPrefix("outbox ") {
                _ = try await bed.redis.send(RedisCommand("HSET", [key, RedisArgument(name), RedisArgument(value)]))
            }
            _ = try await outbox.enqueue((3..<6).map { try NewJob(Greet(), id: "job-\($0)") })
            #expect(try await relay.relayOnce() == 3)
            #expect(try await bed.claim(10).map(\.id.local) == (0..<6).map { "job-\($0)" })
        }
    }
}

extension Outbox {
    fileprivate func columns(of table: String) async throws -> [String] {
        try await DatabaseQueue(path: path).read { db in try db.columns(in: table).map(\.name) }
    }

    /// Changes the file behind everybody's back.
    fileprivate func change(_ sql: String) async {
        try? await DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }
}
