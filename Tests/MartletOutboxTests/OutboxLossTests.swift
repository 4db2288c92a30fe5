import Foundation
import GRDB
import Martlet
import MartletOutbox
import MartletTesting
import RedisClient
import Testing

private struct Greet: Job {
    static let jobType = "greet"
    var number = 0
}

/// What an outbox makes of jobs that Redis refuses, of a Redis that lost what it was given, and of an older copy of
/// itself.
@Suite(.timeLimit(.minutes(15)))
struct OutboxLossTests {
    @Test func `a job that Redis does not accept is set aside with the reason, and the others go on`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            try await database.write { db in
                for number in 0..<5 { try outbox.enqueue(Greet(number: number), id: "job-\(number)", in: db) }
                try db.execute(sql: "UPDATE martlet_outbox SET options = '{\"priority\":1000}' WHERE id = 'job-2'")
            }
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 4)
            #expect(try await bed.claim(10).map(\.id.local) == ["job-0", "job-1", "job-3", "job-4"])
            let status = try await outbox.status()
            #expect((status.pending, status.refused) == (0, 1))
            #expect(status.refusal?.contains("priority") == true)
            let refused = try await outbox.refusedJobs()
            #expect(refused.map(\.id.local) == ["job-2"])
            #expect(refused.first?.reason.contains("priority") == true)
        }
    }

    @Test func `a refused job goes to Redis once what was wrong is mended, though later ones went before`() async throws
    {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            let relay = OutboxRelay(outbox, to: bed.jobs)
            try await database.write { db in
                for number in 0..<5 { try outbox.enqueue(Greet(number: number), id: "job-\(number)", in: db) }
                try db.execute(sql: "UPDATE martlet_outbox SET options = '{\"priority\":1000}' WHERE sequence > 3")
            }
            #expect(try await relay.relayOnce() == 3)
            #expect(try await outbox.retryRefused() == 2)
            #expect(try await relay.relayOnce() == 0)
            #expect(try await outbox.status().refused == 2)
            try await database.write { db in try db.execute(sql: "UPDATE martlet_outbox SET options = ''") }
            #expect(try await outbox.retryRefused() == 2)
            #expect(try await outbox.status().pending == 2)
            #expect(try await relay.relayOnce() == 2)
            #expect(try await bed.claim(10).map(\.id.local) == (0..<5).map { "job-\($0)" })
            // New rows have numbers beyond all that were given.
            _ = try await database.write { db in try outbox.enqueue(Greet(), id: "later", in: db) }
            #expect(try await relay.relayOnce() == 1)
            #expect(try await bed.claim(10).map(\.id.local) == ["later"])
            #expect(try await outbox.deleteRefused() == 0)
        }
    }

    @Test(
        arguments: [2, 8],
        [false, true]
    )
    func `what an older copy of the database takes in is not lost, whether its numbers reach beyond those given or not`(
        count: Int,
        haveGone: Bool
    ) async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            func enqueue(_ ids: [String], _ outbox: Outbox, _ database: DatabaseQueue) async throws {
                try await database.write { db in for id in ids { try outbox.enqueue(Greet(), id: id, in: db) } }
                _ = try await OutboxRelay(outbox, to: bed.jobs).relayOnce()
            }
            try await enqueue((0..<3).map { "old-\($0)" }, outbox, database)
            let path = "\(bed.folder)/copy.db"
            try await database.vacuum(into: path)
            try await enqueue((3..<8).map { "old-\($0)" }, outbox, database)
            if haveGone {
                let jobs = try await bed.claim(10)
                let endings = jobs.map { JobEnding($0, .successful, report: nil, retention: .zero) }
                _ = try await bed.store.finish(endings, queue: "default")
            }

            let copied = try DatabaseQueue(path: path)
            let copy = try Outbox(copied)
            let new = (0..<count).map { "new-\($0)" }
            try await enqueue(new, copy, copied)
            let old = haveGone ? [] : (0..<8).map { "old-\($0)" }
            #expect(Set(try await bed.claim(100).map(\.id.local)) == Set(old + new))
            #expect(try await copy.status().pending == 0)
            // From here on each counts on its own.
            try await enqueue(["old-8"], outbox, database)
            try await enqueue(["new-8"], copy, copied)
            #expect(Set(try await bed.claim(100).map(\.id.local)) == ["old-8", "new-8"])
        }
    }

    @Test func `a job that was given and has gone, unnoted, does not run again`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            try await database.write { db in
                for number in 0..<3 { try outbox.enqueue(Greet(number: number), id: "job-\(number)", in: db) }
            }
            let dying = OutboxRelay(outbox, to: bed.jobs, confirmedBy: .replicas(1), interval: .seconds(1)) { _ in }
            // Redis has them, and no replica will say so.
            await #expect(throws: JobError.self) { try await dying.relayOnce() }
            let jobs = try await bed.claim(3)
            let endings = jobs.map { JobEnding($0, .successful, report: nil, retention: .zero) }
            _ = try await bed.store.finish(endings, queue: "default")
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 3)
            #expect(try await bed.claim(3).isEmpty)
        }
    }

    @Test func `a refused job among rows of which some were given, unnoted, does not break the order`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database)
            func enqueue(_ numbers: ClosedRange<Int>) async throws {
                try await database.write { db in
                    for number in numbers { try outbox.enqueue(Greet(number: number), id: "job-\(number)", in: db) }
                }
            }
            try await enqueue(0...0)
            let dying = OutboxRelay(outbox, to: bed.jobs, confirmedBy: .replicas(1), interval: .seconds(1)) { _ in }
            await #expect(throws: JobError.self) { try await dying.relayOnce() }
            try await enqueue(1...3)
            try await database.write { db in
                try db.execute(sql: "UPDATE martlet_outbox SET options = '{\"priority\":1000}' WHERE id = 'job-2'")
            }
            #expect(try await OutboxRelay(outbox, to: bed.jobs).relayOnce() == 3)
            #expect(try await bed.claim(10).map(\.id.local) == ["job-0", "job-1", "job-3"])
        }
    }

    @Test func `kept rows go when their jobs have finished, and come back when Redis has lost them`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database, keepUntilFinished: true)
            let relay = OutboxRelay(outbox, to: bed.jobs, interval: .milliseconds(20))
            try await database.write { db in
                for number in 0..<10 { try outbox.enqueue(Greet(number: number), id: "job-\(number)", in: db) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                try await eventually("all are sent") { try await outbox.status().kept == 10 }
                let jobs = try await bed.claim(4)
                _ = try await bed.store.finish(jobs.map { JobEnding($0, .successful, report: nil) }, queue: "default")
                try await eventually("four have gone") { try await outbox.status().kept == 6 }
                _ = try await bed.redis.send(RedisCommand("FLUSHALL"))
                try await eventually("six are back") {
                    try await bed.inspector.counts(queue: "default")[.waiting] == 6
                }
                group.cancelAll()
            }
            #expect(try await bed.claim(10).map(\.id.local) == (4..<10).map { "job-\($0)" })
        }
    }

    @Test func `a kept job that was lost by itself is sent again with what is left of its delay`() async throws {
        try await withOutboxBed { bed in
            let outbox = try Outbox(try bed.applicationDatabase(), keepUntilFinished: true)
            _ = try await outbox.enqueue([NewJob(Greet(), id: "later", start: .after(.seconds(3600)))])
            _ = try await OutboxRelay(outbox, to: bed.jobs).relayOnce()
            _ = try await bed.redis.send(RedisCommand("DEL", ["martlet:{default}:job:later"]))
            let lost = try await outbox.lostJobs(bed.jobs)
            #expect(lost.map(\.id.local) == ["later"])
            _ = try await bed.jobs.enqueue(lost)
            let job = try #require(try await bed.inspector.job(JobID("default/later")))
            #expect(job.state == .scheduled)
            let left = try #require(job.dueAt).duration(since: try await bed.inspector.now()).milliseconds
            #expect((3_500_000...3_600_000).contains(left))
        }
    }

    @Test func `a row that comes after a loss waits for the ones before it`() async throws {
        try await withOutboxBed { bed in
            let database = try bed.applicationDatabase()
            let outbox = try Outbox(database, keepUntilFinished: true)
            let relay = OutboxRelay(outbox, to: bed.jobs)
            try await database.write { db in
                for number in 0..<3 { try outbox.enqueue(Greet(), id: "job-\(number)", in: db) }
            }
            _ = try await relay.relayOnce()
            _ = try await bed.redis.send(RedisCommand("FLUSHALL"))
            try await database.write { db in _ = try outbox.enqueue(Greet(), id: "job-3", in: db) }
            #expect(try await relay.relayOnce() == 4)
            #expect(try await bed.claim(10).map(\.id.local) == (0..<4).map { "job-\($0)" })
        }
    }
}
