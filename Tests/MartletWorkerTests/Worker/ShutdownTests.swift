import Foundation
import Martlet
import MartletTesting
import MartletWorker
import ProcessSupervision
import RedisClient
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct ShutdownTests {
    @Test func `a running job may finish within the grace, and no other is claimed`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let (running, waiting) = try await bed.working(.note { _, _ in try await gate.wait() }, .places(1)) {
                worker in
                let running = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: running, .running)
                let waiting = try await bed.jobs.enqueue(Note()).id
                try await worker.stop()
                gate.open()
                return (running, waiting)
            }
            #expect(try await bed.record(running).state == .successful)
            #expect(try await bed.record(running).attempt == 1)
            #expect(try await bed.record(waiting).state == .waiting)
            try await expectNoTrace(bed)
        }
    }

    @Test func `what is running after the grace is given back, and its attempt is not spent`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.shutdownGrace = .milliseconds(100)
            let ids = try await bed.working(Self.endless, configuration) { _ in
                let ids = try await bed.jobs.enqueue((0..<5).map { Note(number: $0) }).map(\.id)
                try await bed.wait(for: 5, .running)
                return ids
            }
            try await expectGivenBack(ids, bed)
        }
    }

    @Test(arguments: Reaction.allCases)
    func `cancelling the worker's task gives back what runs, whatever a handler makes of it`(
        reaction: Reaction
    ) async throws {
        try await withTestBed { bed in
            let handlers = JobHandlers.note { _, _ in
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    switch reaction {
                    case .passesOn: throw error
                    case .throwsItsOwn: throw Mishap("connection closed")
                    case .returns: return
                    }
                }
            }
            let worker = try Worker(bed.working, handlers: handlers, configuration: WorkerConfiguration())
            let ids = try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await worker.run() }
                let ids = try await bed.jobs.enqueue((0..<5).map { Note(number: $0) }, options: .quick).map(\.id)
                try await bed.wait(for: 5, .running)
                tasks.cancelAll()
                try await tasks.waitForAll()
                return ids
            }
            try await expectGivenBack(ids, bed)
        }
    }

    enum Reaction: CaseIterable { case passesOn, throwsItsOwn, returns }

    @Test func `a cancel ends the grace of a graceful shutdown`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.shutdownGrace = .seconds(40)
            let ids = Tally()
            let started = ContinuousClock.now
            await #expect(throws: Mishap.self) {
                try await bed.working(Self.endless, configuration) { worker in
                    let id = try await bed.jobs.enqueue(Note()).id
                    ids.add("\(id)")
                    try await bed.wait(for: id, .running)
                    try await worker.stop()
                    // `working` cancels the worker when its body throws.
                    throw Mishap("enough")
                }
            }
            #expect(ContinuousClock.now - started < .seconds(300))
            try await expectGivenBack(try ids.all.map { try JobID($0) }, bed)
        }
    }

    @Test func `a claim that Redis runs after the stop, its reply lost, costs no job an attempt`() async throws {
        try await withTestBed { bed in
            let pid = bed.server.pid
            defer { kill(pid, SIGCONT) }
            let id = try await bed.working(.note { _, _ in }) { worker in
                let id = try await frozenBeforeDue(bed)
                try await eventually("the worker has given up waiting for the claim") {
                    worker.diary.contains("claim failed")
                }
                try await worker.stop()
                kill(pid, SIGCONT)
                return id
            }
            // It is scheduled still where Redis reads that the claim is void before it reads the claim.
            try await expectGivenBack([id], in: [.waiting, .scheduled], bed)
        }
    }

    /// The worker is gone when Redis comes to its claim, and what it says at its end lies beside that; after eight
    /// seconds on another connection.
    @Test(arguments: [Duration.seconds(1), .seconds(8)])
    func `a claim that Redis runs when its worker has gone costs no job an attempt`(silence: Duration) async throws {
        try await withTestBed { bed in
            let pid = bed.server.pid
            defer { kill(pid, SIGCONT) }
            let id = try await bed.working(.note { _, _ in }) { worker in
                let id = try await frozenBeforeDue(bed)
                let due = ContinuousClock.now + .seconds(3)
                try await eventually("the job is due") { .now > due + silence }
                return id
            }
            kill(pid, SIGCONT)
            let job = try await bed.working(.note { _, _ in }) { _ in try await bed.finished(id) }
            #expect((job.state, job.attempt, job.crashes) == (.successful, 1, 0))
        }
    }

    @Test func `another worker goes on at once with what was given back`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.shutdownGrace = .zero
            let id = try await bed.working(Self.endless, configuration) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                return id
            }
            let job = try await bed.working(.note { _, _ in }) { _ in try await bed.finished(id, within: .seconds(60)) }
            #expect(job.state == .successful)
            #expect(job.attempt == 1)
        }
    }

    private static let endless = JobHandlers.note { _, _ in try await Task.sleep(for: .seconds(60)) }

    /// Enqueues a job that falls due in 3 s, well before the deadline of a command (5 s), and freezes the server: the
    /// claim then goes into its buffer.
    private func frozenBeforeDue(_ bed: TestBed) async throws -> JobID {
        try await bed.idle(1)
        let options = JobOptions(maxRetries: 0)
        let id = try await bed.jobs.enqueue(Note(), options: options, start: .after(.seconds(3))).id
        kill(bed.server.pid, SIGSTOP)
        return id
    }

    private func expectGivenBack(_ ids: [JobID], in states: [JobState] = [.waiting], _ bed: TestBed) async throws {
        #expect(!ids.isEmpty)
        for id in ids {
            let job = try await bed.record(id)
            #expect(states.contains(job.state))
            #expect(job.attempt == 0)
            #expect(job.crashes == 0)
            #expect(job.error == nil)
        }
        #expect(try await bed.inspector.counts(queue: "default")[.running] == 0)
        try await expectNoTrace(bed)
    }

    /// No key of a worker is left but the claim's receipt, which has an end of its own.
    private func expectNoTrace(_ bed: TestBed) async throws {
        let names = try await bed.redis.send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.string) ?? []
        for name in names where name.contains("worker") || name.contains(":claim:") {
            let left = try await bed.redis.send(RedisCommand("PTTL", [RedisArgument(name)])).int ?? 0
            #expect(name.contains(":claim:") && left > 0, "\(name) stays")
        }
        #expect(try await bed.inspector.workers().isEmpty)
    }
}
