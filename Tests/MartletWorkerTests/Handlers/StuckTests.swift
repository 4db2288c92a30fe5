import Foundation
import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing
import ProcessSupervision

/// Handlers that ignore their cancellation, and a Redis that does not come back.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct StuckTests {
    @Test func `a handler that outlasts its time limit and the grace is given up as timed out`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let ended = Gate()
            let handlers = JobHandlers.note { note, context in
                guard note.text == "stuck", context.attempt == 1 else { return }
                await gate.waitWhateverHappens()
                context.logger.info("too late")
                context.error("too late as well")
                context.progress(1)
                ended.open()
                throw Mishap("much too late")
            }
            try await bed.working(handlers, .stuck(places: 1)) { worker in
                var options = JobOptions.quick
                options.timeLimit = .milliseconds(100)
                let id = try await bed.jobs.enqueue(Note(text: "stuck"), options: options).id
                let job = try await bed.finished(id)
                #expect(job.state == .successful)
                #expect(job.attempt == 2)
                let attempts = try await bed.inspector.attempts(id)
                #expect(attempts.map(\.end) == [.timedOut])
                #expect(attempts[0].error == "the time limit of 100 ms was exceeded; the handler did not stop")
                #expect(worker.diary.contains("ignores its cancellation"))
                #expect(worker.diary.contains("\(id)"))

                // The only place is free although the handler still runs.
                #expect(!ended.isOpen)
                let next = try await bed.jobs.enqueue(Note()).id
                #expect(try await bed.finished(next).state == .successful)

                let (before, log) = (try await bed.record(id), try await bed.log(id))
                gate.open()
                try await eventually("the handler has ended") { ended.isOpen }
                try await eventually("the worker has seen it") { worker.diary.contains("a stuck handler has ended") }
                #expect(try await bed.record(id) == before)
                #expect(try await bed.log(id) == log)
                #expect(!log.contains { $0.message.hasPrefix("too late") })
            }
        }
    }

    @Test func `the worker's hash counts the handlers that are stuck`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { _, _ in await gate.waitWhateverHappens() }
            var configuration = WorkerConfiguration.stuck(places: 3)
            configuration.watchdog = .seconds(10)  // it beats every three seconds then
            try await bed.working(handlers, configuration) { worker in
                let options = JobOptions(maxRetries: 0, timeLimit: .milliseconds(100))
                let ids = try await bed.jobs.enqueue((0..<2).map { Note(number: $0) }, options: options).map(\.id)
                for id in ids { #expect(try await bed.finished(id).state == .error) }
                try await eventually("two are counted") {
                    try await bed.inspector.workers().first?.stuck == 2
                }
                gate.open()
                try await eventually("none is counted") {
                    try await bed.inspector.workers().first?.stuck == 0
                }
            }
        }
    }

    @Test func `a handler that ignores its cancel is given up, and the job is Cancelled`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            try await bed.working(.note { _, _ in await gate.waitWhateverHappens() }, .stuck(places: 1)) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                try await bed.inspector.cancel(id, by: Operator("ada"))
                let job = try await bed.finished(id)
                #expect(job.state == .cancelled)
                #expect(job.error == "cancelled while it ran; the handler did not stop")
                gate.open()
            }
        }
    }

    @Test func `one stuck handler too many ends the worker with an error, and gives back what else it runs`()
        async throws
    {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { note, _ in
                if note.text == "stuck" { return await gate.waitWhateverHappens() }
                try await Task.sleep(for: .seconds(60))
            }
            var configuration = WorkerConfiguration.stuck(places: 3)
            configuration.maxStuck = 1
            configuration.shutdownGrace = .milliseconds(100)
            let worker = try Worker(bed.working, handlers: handlers, configuration: configuration)
            let innocent = try await bed.jobs.enqueue(Note()).id
            let options = JobOptions(maxRetries: 0, timeLimit: .milliseconds(100))
            try await bed.jobs.enqueue((0..<2).map { Note(text: "stuck", number: $0) }, options: options)
            let error = await #expect(throws: JobError.self) { try await worker.run() }
            #expect(error?.code == .stuck)
            #expect(error?.message.hasPrefix("2 handlers ignored their cancellation") == true)
            #expect(try await bed.inspector.counts(queue: "default")[.error] == 2)
            let job = try await bed.record(innocent)
            #expect(job.state == .waiting)
            #expect(job.attempt == 0)
            #expect(try await bed.inspector.workers().isEmpty)
            gate.open()
        }
    }

    @Test func `a stop gives back the job of a handler that ignores it, and says that it still runs`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            var configuration = WorkerConfiguration.stuck(places: 1)
            configuration.shutdownGrace = .milliseconds(100)
            let worker = try Worker(
                bed.working,
                handlers: .note { _, _ in await gate.waitWhateverHappens() },
                configuration: configuration
            )
            let id = try await bed.jobs.enqueue(Note()).id
            let error = await #expect(throws: JobError.self) {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await worker.run() }
                    try await bed.wait(for: id, .running)
                    tasks.cancelAll()
                    try await tasks.waitForAll()
                }
            }
            #expect(error?.code == .stuck)
            let job = try await bed.record(id)
            #expect(job.state == .waiting)
            #expect(job.attempt == 0)
            gate.open()
        }
    }

    @Test func `a Redis that answers nothing for longer than the watchdog allows ends the worker with an error`()
        async throws
    {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.watchdog = .seconds(10)
            let worker = try Worker(bed.working, handlers: .note { _, _ in }, configuration: configuration)
            let pid = bed.server.pid
            defer { kill(pid, SIGCONT) }
            var started = ContinuousClock.now
            let error = await #expect(throws: JobError.self) {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await worker.run() }
                    try await bed.idle(1)
                    kill(pid, SIGSTOP)
                    started = .now
                    try await tasks.waitForAll()
                }
            }
            let passed = ContinuousClock.now - started
            #expect(error?.code == .stalled)
            #expect(passed > .seconds(8) && passed < .seconds(300), "\(passed)")
        }
    }

    @Test func `a worker without a free place is well, however long its job runs`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.places(1)
            configuration.watchdog = .seconds(10)
            let gate = Gate()
            try await bed.working(.note { _, _ in try await gate.wait() }, configuration) { worker in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                let start = try await bed.inspector.now()
                try await eventually("it beats after longer than the watchdog allows", within: .seconds(90)) {
                    let claimedAt = try await bed.inspector.workers().first?.claimedAt
                    return claimedAt.map { $0.duration(since: start) > .seconds(12) } ?? false
                }
                #expect(!worker.diary.contains("no claim came through"))
                gate.open()
                #expect(try await bed.finished(id).state == .successful)
            }
        }
    }
}

extension WorkerConfiguration {
    /// With a short patience for handlers that do not stop.
    fileprivate static func stuck(places: Int) -> WorkerConfiguration {
        WorkerConfiguration(concurrency: places, shutdownGrace: .seconds(3), stuckGrace: .milliseconds(200))
    }
}
