import Foundation
import GRDB
import Martlet
import MartletOutbox
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

private struct Greet: Job {
    static let jobType = "greet"
    var number = 0
}

private struct Letter: Job {
    static let jobType = "greet"
    var subject = "Grüße aus Köln"
    var text = String(repeating: "€", count: 40)
}

/// Jobs enqueued in a transaction of the application's own.
@Suite(.timeLimit(.minutes(15)))
struct OutboxTests {
    @Test func `rollback means no job, commit means one`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            struct Rollback: Error {}
            await #expect(throws: Rollback.self) {
                try await database.write { db in
                    try outbox.enqueue(Greet(), in: db)
                    throw Rollback()
                }
            }
            let entered = try await database.write { db in
                try db.execute(sql: "INSERT INTO orders VALUES (1)")
                return try outbox.enqueue(Greet(number: 1), options: JobOptions(priority: 5, object: "order/1"), in: db)
            }
            #expect(entered.isNew)
            #expect(try await outbox.status().pending == 1)
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 1)
            #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 1)
            let job = try #require(try await bed.inspector.job(entered.id))
            #expect(job.payload == #"{"number":1}"#)
            #expect((job.priority, job.object) == (5, "order/1"))
            #expect(try await outbox.status().pending == 0)
        }
    }

    @Test func `a relay sends what is committed at once, in the order of the commits`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            let relay = OutboxRelay(outbox, to: bed.jobs, interval: .seconds(30))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                // Descending, so that an order by id would show.
                for number in 0..<20 {
                    _ = try await database.write { db in
                        try outbox.enqueue(Greet(number: number), id: "greet-\(99 - number)", in: db)
                    }
                }
                try await eventually("all are in Redis") {
                    try await bed.inspector.counts(queue: "default")[.waiting] == 20
                }
                group.cancelAll()
            }
            let ids = try await bed.claim(100).map(\.id.local)
            #expect(ids == (0..<20).map { "greet-\(99 - $0)" })
        }
    }

    @Test func `a row that is sent again makes no second job, also when the first has run and gone`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            try await database.write { db in
                _ = try outbox.enqueue(Greet(), id: "once", options: JobOptions(retention: .zero), in: db)
            }
            try await database.write { db in
                try db.execute(sql: "CREATE TABLE saved AS SELECT * FROM martlet_outbox")
            }
            _ = try await OutboxRelay(outbox, to: bed.jobs).relayOnce()
            let job = try #require(try await bed.claim(1).first)
            _ = try await bed.store.finish(
                [JobEnding(job, .successful, report: nil, retention: .zero)],
                queue: "default"
            )
            #expect(try await bed.inspector.job(job.id) == nil)
            // As if the relay had died before it noted that Redis has the row.
            try await database.write { db in
                try db.execute(
                    sql: "DELETE FROM martlet_outbox_queues; INSERT INTO martlet_outbox SELECT * FROM saved"
                )
            }
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 1)
            #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 0)
            #expect(try await outbox.status().pending == 0)
        }
    }

    @Test(arguments: [["payload.1", "payload.2", "payload.3"], ["payload"]])
    func `a payload that is relayed comes back byte for byte, in parts while all workers read those`(
        fields: [String]
    ) async throws {
        try await withOutboxBed { bed in
            // A worker that has not said what it reads counts as one of the release before.
            if fields == ["payload"] { try await bed.store.heartbeat(worker: "old", forgottenAfter: nil) }
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            let id = try await database.write { db in try outbox.enqueue(Letter(), in: db).id }
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 1)
            let hash = try await bed.redis.send(RedisCommand("HKEYS", [RedisArgument(bed.store.keys.job(id))]))
            let names = hash.array?.compactMap(\.string).filter { $0.hasPrefix("payload") }
            #expect(names?.sorted() == fields)
            let payload = try JSONEncoder().encode(Letter())
            #expect(try await bed.inspector.job(id)?.payload.map { Data($0.utf8).count } == payload.count)
            let claimed = try #require(try await bed.claim(1).first)
            let letter = try JSONDecoder().decode(Letter.self, from: Data(claimed.payload))
            #expect((letter.subject, letter.text) == (Letter().subject, Letter().text))
        }
    }

    @Test func `a full outbox refuses with a clear error, and takes again when there is room`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database, limit: 3)
            try await database.write { db in
                for number in 0..<3 { try outbox.enqueue(Greet(number: number), in: db) }
            }
            let error = await #expect(throws: JobError.self) {
                try await database.write { db in _ = try outbox.enqueue(Greet(), in: db) }
            }
            #expect(error?.code == .full)
            #expect(error?.message.contains("3 of 3 jobs wait") == true)
            _ = try await OutboxRelay(outbox, to: bed.jobs).relayOnce()
            try await database.write { db in _ = try outbox.enqueue(Greet(), in: db) }
        }
    }

    @Test func `a delay counts from the enqueue, not from when Redis took the job`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            let id = try await database.write { db in
                try outbox.enqueue(Greet(), options: JobOptions(priority: 1), start: .after(.seconds(3600)), in: db).id
            }
            // As if it had waited in the outbox for half an hour.
            try await database.write { db in
                try db.execute(sql: "UPDATE martlet_outbox SET enqueued_at = enqueued_at - 1800000")
            }
            _ = try await OutboxRelay(outbox, to: bed.jobs).relayOnce()
            let job = try #require(try await bed.inspector.job(id))
            let left = try #require(job.dueAt).duration(since: try await bed.inspector.now()).milliseconds
            #expect((1_700_000...1_800_000).contains(left))
            #expect(job.priority == 1)
        }
    }

    @Test func `of two relays on one database one works`() async throws {
        try await withOutboxBed { bed in
            let (one, other) = (try Spool.open(bed.folder + "/spool.db"), try Spool.open(bed.folder + "/spool.db"))
            let relay = OutboxRelay(one, to: bed.jobs, interval: .milliseconds(10))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                _ = try await one.enqueue([NewJob(Greet())])
                try await eventually("it is sent") { try await one.status().pending == 0 }
                #expect(try await OutboxRelay(other, to: bed.jobs).relayOnce() == nil)
                group.cancelAll()
            }
            #expect(try await OutboxRelay(other, to: bed.jobs).relayOnce() == 0)
        }
    }

    @Test func `a client with a spool takes jobs in while Redis is down`() async throws {
        try await withOutboxBed { bed in
            bed.server.kill()
            let path = bed.folder + "/spool.db"
            let client = try JobClient(
                spool: path,
                limit: 500,
                redis: bed.server.url(as: .producer),
                logger: OutboxBed.quiet
            )
            for number in 0..<20 { try await client.enqueue(Greet(number: number), id: "job-\(10 + number)") }
            #expect(try await client.enqueue(Greet(), id: "job-10").isNew == false)
            let relay = try OutboxRelay(spool: path, to: bed.jobs)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                try await bed.server.restart()
                try await eventually("all are in Redis") {
                    do {
                        return try await bed.inspector.counts(queue: "default")[.waiting] == 20
                    } catch let error as JobError where error.redis?.isOutage == true {
                        return false
                    }
                }
                group.cancelAll()
            }
            #expect(try await bed.claim(100).map(\.id.local) == (10..<30).map { "job-\($0)" })
            await client.close()
        }
    }

    @Test func `a client with a spool refuses to wait for replicas, which its relay asks`() async throws {
        try await withOutboxBed { bed in
            let path = bed.folder + "/spool.db"
            let client = try JobClient(spool: path, redis: bed.server.url, logger: OutboxBed.quiet)
            let error = await #expect(throws: JobError.self) {
                try await client.enqueue(Greet(), confirmedBy: .replicas(1))
            }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains("relay") == true)
            #expect(try await Spool.open(path).status().pending == 0)
            try await client.enqueue(Greet(), confirmedBy: .redis)
            #expect(try await Spool.open(path).status().pending == 1)
            await client.close()
        }
    }

    @Test func `a job counts as sent when replicas have it, where they are asked`() async throws {
        try await withOutboxBed(arguments: ["--repl-diskless-sync-delay", "0"]) { bed in
            let error = await #expect(throws: JobError.self) {
                try await bed.jobs.enqueue(Greet(), confirmedBy: .replicas(1, within: .milliseconds(50)))
            }
            #expect(error?.code == .unconfirmed)
            #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 1)
            let outbox = try Outbox(try bed.applicationDatabase(), keepUntilFinished: false)
            _ = try await outbox.enqueue([NewJob(Greet(), id: "one")])
            let relay = OutboxRelay(outbox, to: bed.jobs, confirmedBy: .replicas(1, within: .milliseconds(50)))
            await #expect(throws: JobError.self) { _ = try await relay.relayOnce() }
            #expect(try await outbox.status().pending == 1)
            try await withReplica(of: bed) {
                let relay = OutboxRelay(outbox, to: bed.jobs, confirmedBy: .replicas(1, within: .seconds(5)))
                _ = try await relay.relayOnce()
                #expect(try await outbox.status().pending == 0)
                try await bed.jobs.enqueue(Greet(), confirmedBy: .replicas(1, within: .seconds(5)))
            }
        }
    }

    /// A replica needs a port to reach its master by.
    private func withReplica(of bed: OutboxBed, _ body: () async throws -> Void) async throws {
        let port = Int.random(in: 20_000..<32_000)
        for (name, value) in [("port", "\(port)"), ("bind", "127.0.0.1"), ("protected-mode", "no")] {
            _ = try await bed.redis.send(
                RedisCommand("CONFIG", ["SET", RedisArgument(name), RedisArgument(value)])
            )
        }
        try await withRedisServer(arguments: ["--replicaof", "127.0.0.1 \(port)"]) { replica in
            let client = try JobClient(redis: replica.url, logger: OutboxBed.quiet)
            try await eventually("the replica is in step") {
                let reply = try await client.store.redis.send(RedisCommand("INFO", ["replication"]))
                return reply.string?.contains("master_link_status:up") == true
            }
            try await body()
            await client.close()
        }
    }
}
