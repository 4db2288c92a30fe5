import Foundation
import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

@Suite(.serialized, .timeLimit(.minutes(15)))
struct LeaseTests {
    @Test func `a lease that was lost cancels its handler, and the end of that attempt changes nothing`() async throws {
        try await withTestBed { bed in
            let cancelled = Gate()
            let thiefIsDone = Gate()
            let handlers = JobHandlers.note { _, context in
                guard context.attempt == 1 else { return }
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    cancelled.open()
                    await thiefIsDone.waitWhateverHappens()
                    context.logger.info("a line that comes too late")
                    throw Mishap("an error that comes too late")
                }
            }
            var configuration = WorkerConfiguration.places(1)
            configuration.lease = .seconds(6)
            try await bed.working(handlers, configuration) { first in
                let id = try await bed.jobs.enqueue(Note(), options: .quick).id
                try await bed.wait(for: id, .running)
                try await bed.working(handlers, configuration) { second in
                    try await bed.idle(1)
                    try await steal(id, bed)
                    let job = try await bed.finished(id)
                    #expect(job.worker == second.id)
                    #expect(job.crashes == 1)
                    try await eventually("the first handler is cancelled") { cancelled.isOpen }
                    thiefIsDone.open()
                    try await eventually("the first worker was refused") { first.diary.contains("lease lost") }
                }
                let job = try await bed.record(id)
                #expect(job.state == .successful)
                #expect(job.attempt == 2)
                #expect(job.error == nil)
                let lines = try await bed.log(id).map(\.message)
                #expect(lines == ["lease lost: worker \(first.id) did not renew it (crash 1 of 3)"])
            }
        }
    }

    /// As after a pause of the whole process that was longer than the lease.
    @Test func `a worker that claims its own lost job again cancels the handler it had for it`() async throws {
        try await withTestBed { bed in
            let cancelled = Gate()
            let second = Gate()
            let handlers = JobHandlers.note { _, context in
                if context.attempt == 2 { return try await second.wait() }
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    cancelled.open()
                    throw error
                }
            }
            try await bed.working(handlers, .places(2)) { worker in
                let id = try await bed.jobs.enqueue(Note(), options: .quick).id
                try await bed.wait(for: id, .running)
                try await bed.idle(1)
                try await steal(id, bed)
                try await eventually("the second attempt runs") { try await bed.record(id).attempt == 2 }
                try await eventually("the first handler is cancelled") { cancelled.isOpen }
                second.open()
                #expect(try await bed.finished(id).state == .successful)
                #expect(try await bed.record(id).worker == worker.id)
            }
        }
    }

    @Test func `a job that loses its worker three times ends in Error`() async throws {
        try await withTestBed { bed in
            let handlers = JobHandlers.note { _, _ in try await Task.sleep(for: .seconds(60)) }
            try await bed.working(handlers, .places(5)) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                for attempt in 1...3 {
                    try await eventually("attempt \(attempt) runs") {
                        let job = try await bed.record(id)
                        return job.state == .running && job.attempt == attempt
                    }
                    try await bed.idle(1)
                    try await steal(id, bed)
                }
                let job = try await bed.finished(id)
                #expect(job.state == .error)
                #expect(job.crashes == 3)
                #expect(try #require(job.error).contains("lease lost"))
            }
        }
    }

    /// The worker is a process of its own, since it leaves no thread of Swift's pool to anybody else.
    @Test func `a worker whose handlers block every thread keeps its leases, and obeys`() async throws {
        try await withTestBed { bed in
            let count = ProcessInfo.processInfo.activeProcessorCount
            let ids = try await bed.jobs.enqueue((0..<count).map { Note(number: $0) }).map(\.id)
            let url = bed.server.url
            let gate = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-gate-\(UUID())").path
            defer { unlink(gate) }
            async let blocked: Void = {
                await #expect(processExitsWith: .success) {
                    [url = url as String, gate = gate as String, count = count as Int] in
                    try await runBlockingWorker(url, gate, count)
                }
            }()
            try await bed.wait(for: count, .running)
            // It may have claimed before it was heard of.
            try await eventually("it is on the list") { try await !bed.inspector.workers().isEmpty }
            let blockedWorker = try #require(try await bed.inspector.workers().first)
            try await bed.inspector.quiet(blockedWorker.id, by: Operator("ada"))
            try await eventually("it says that it is quiet") {
                try await bed.inspector.workers().first?.isQuiet == true
            }
            let stolen = Tally()
            try await bed.working(.note { note, _ in stolen.add("\(note.number)") }) { thief in
                let expiry = try await earliestExpiry(bed)
                try await eventually("each has had three leases more") {
                    try await earliestExpiry(bed) >= expiry + 3000
                }
                #expect(try await bed.inspector.counts(queue: "default")[.running] == count)
                try #require(FileManager.default.createFile(atPath: gate, contents: nil))
                try await bed.wait(for: count, .successful)
                for id in ids {
                    let job = try await bed.record(id)
                    #expect(job.attempt == 1)
                    #expect(job.crashes == 0)
                    #expect(job.worker != thief.id)
                }
            }
            #expect(stolen.all.isEmpty)
            await blocked
        }
    }

    /// When the lease of the first running job ends, in milliseconds.
    private func earliestExpiry(_ bed: TestBed) async throws -> Int {
        let range = RedisCommand("ZRANGE", [RedisArgument("\(bed.keys.queue("default")):running"), 0, 0, "WITHSCORES"])
        return try #require(try await bed.redis.send(range).array?.last?.int)
    }

    /// Has the job's lease run out, again as long as its worker is the quicker and renews it, until another attempt
    /// began or the job ended.
    private func steal(_ id: JobID, _ bed: TestBed) async throws {
        let queue = bed.keys.queue(id.queue)
        let attempt = try await bed.record(id).attempt
        try await eventually("the lease is lost") {
            let job = try await bed.record(id)
            guard job.attempt == attempt, !job.state.isFinished else { return true }
            // In one go: the lease of the next attempt is not to be taken too.
            let steal =
                "if redis.call('HGET', KEYS[1], 'attempt') == ARGV[1] then "
                + "redis.call('ZADD', KEYS[2], 'XX', 1, ARGV[2]) end"
            let keys = [bed.keys.job(id), "\(queue):running"].map { RedisArgument($0) }
            let values = [RedisArgument(attempt), RedisArgument(id.local)]
            _ = try await bed.redis.send(RedisCommand("EVAL", [RedisArgument(steal), 2] + keys + values))
            try await bed.working.store.ring([id.queue])
            return false
        }
    }
}

/// Runs so many jobs, each of which keeps a thread of the pool until there is a file, for 30 s at the most, and stops.
///
/// The threads sleep, so that other tests have the processors.
func runBlockingWorker(_ url: String, _ gate: String, _ count: Int) async throws {
    let jobs = try JobClient(redis: url, logger: .silent)
    let handlers = JobHandlers.note { _, _ in
        for _ in 0..<600 where access(gate, F_OK) != 0 { usleep(50_000) }
    }
    var configuration = WorkerConfiguration.places(count)
    configuration.lease = .seconds(1)
    let worker = try Worker(jobs, handlers: handlers, configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await worker.run() }
        try await eventually("all are done") {
            try await jobs.inspector.counts(queue: "default")[.successful] == count
        }
        tasks.cancelAll()
        try await tasks.waitForAll()
    }
}
