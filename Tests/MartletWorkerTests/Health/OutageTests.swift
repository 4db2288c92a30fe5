import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

/// Redis goes away, forgets its scripts, hangs up, or is full; the worker goes on by itself.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct OutageTests {
    @Test func `a server that was killed under load and comes back has lost no job`() async throws {
        try await withTestBed(arguments: ["--appendonly", "yes"]) { bed in
            let handlers = JobHandlers.note { note, context in
                context.logger.info("job \(note.number)")
                try await Task.sleep(for: .milliseconds(3))
                if note.number % 3 == 0, context.attempt == 1 { throw Mishap("once") }
                if note.number % 7 == 0, note.number % 3 != 0 { context.warning("hm") }
            }
            try await bed.working(handlers, .places(20)) { _ in
                let ids = try await bed.jobs.enqueue((0..<1500).map { Note(number: $0) }, options: .quick).map(\.id)
                for part in 1...3 {
                    try await eventually("\(part) fifths are done") {
                        try await finishedCount(bed) >= part * 300
                    }
                    bed.server.kill()
                    try await bed.server.restart()
                }
                try await eventually("all have finished") {
                    try await finishedCount(bed) == ids.count
                }
                let counts = try await bed.inspector.counts(queue: "default")
                #expect(counts[.error] == 0)
                #expect(counts[.warning] == (0..<1500).count { $0 % 7 == 0 && $0 % 3 != 0 })
            }
        }
    }

    @Test func `what ends in several queues while Redis is away is all written when it is back`() async throws {
        try await withTestBed(arguments: ["--appendonly", "yes"]) { bed in
            let gate = Gate()
            var configuration = WorkerConfiguration.places(100)
            configuration.queues = ["a", "b"]
            try await bed.working(.note { _, _ in await gate.waitWhateverHappens() }, configuration) { worker in
                for queue in ["a", "b"] {
                    let options = JobOptions(queue: queue)
                    try await bed.jobs.enqueue((0..<50).map { Note(number: $0) }, options: options)
                    try await bed.wait(for: 50, .running, queue: queue)
                }
                bed.server.kill()
                gate.open()
                try await eventually("the worker holds what ended") {
                    worker.diary.contains("holding the ends of attempts")
                }
                try await bed.server.restart()
                try await bed.wait(for: 50, .successful, queue: "a")
                try await bed.wait(for: 50, .successful, queue: "b")
            }
        }
    }

    @Test func `connections that are cut and scripts that are flushed all the time cost no job and no attempt`()
        async throws
    {
        try await withTestBed { bed in
            let runs = Tally()
            let handlers = JobHandlers.note { note, _ in
                runs.add("\(note.number)")
                try await Task.sleep(for: .milliseconds(2))
            }
            try await bed.working(handlers, .places(10)) { _ in
                let ids = try await bed.jobs.enqueue((0..<800).map { Note(number: $0) }).map(\.id)
                let counts = try await withThrowingTaskGroup(of: Void.self) { tasks in
                    let done = Gate()
                    tasks.addTask {
                        while !done.isOpen {
                            _ = try await bed.redis.send(RedisCommand("SCRIPT", ["FLUSH"]))
                            _ = try await bed.redis.send(RedisCommand("CLIENT", ["KILL", "TYPE", "normal"]))
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                    try await eventually("all have finished") {
                        try await finishedCount(bed) == ids.count
                    }
                    done.open()
                    try await tasks.waitForAll()
                    return try await bed.inspector.counts(queue: "default")
                }
                #expect(counts[.successful] == ids.count)
                #expect(Set(runs.all).count == ids.count)
                #expect(runs.count == ids.count)
            }
        }
    }

    @Test func `a Redis that is full refuses new jobs and lets the backlog drain`() async throws {
        try await withTestBed { bed in
            let text = String(repeating: "x", count: 10_000)
            let ids = try await bed.jobs.enqueue((0..<300).map { Note(text: text, number: $0) }).map(\.id)
            _ = try await bed.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory", "1mb"]))
            let refusal = await #expect(throws: JobError.self) { try await bed.jobs.enqueue(Note(text: text)) }
            #expect(refusal?.code == .redis)
            #expect(refusal?.redis?.code == .oom)
            #expect(refusal?.redis?.mayHaveBeenApplied == false)
            #expect(refusal?.message.contains("memory") == true)
            try await bed.working(.note { _, context in context.logger.info("drained") }) { _ in
                try await bed.wait(for: ids.count, .successful)
            }
            #expect(try await bed.log(ids[0]).map(\.message) == ["drained"])
            _ = try await bed.redis.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"]))
            try await bed.jobs.enqueue(Note())
        }
    }

    @Test func `a worker does not start on a server that would lose jobs`() async throws {
        try await withTestBed(arguments: ["--maxmemory-policy", "allkeys-lru"]) { bed in
            let worker = try Worker(bed.working, handlers: .note { _, _ in })
            let refusal = await #expect(throws: JobError.self) { try await worker.run() }
            #expect(refusal?.code == .unfit)
            #expect(refusal?.message.contains("noeviction") == true)
        }
    }

    private func finishedCount(_ bed: TestBed) async throws -> Int {
        let counts: [JobState: Int]
        do {
            counts = try await bed.inspector.counts(queue: "default")
        } catch {
            guard error.redis?.isOutage == true else { throw error }
            return -1  // asked again in a moment
        }
        return counts.filter { $0.key.isFinished }.values.reduce(0, +)
    }
}
