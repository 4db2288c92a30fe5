import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing

/// Time limits, and operators who cancel.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct StopTests {
    @Test func `a job over its time limit is cancelled and retried, and its error says so`() async throws {
        try await withTestBed { bed in
            let cancelled = Tally()
            var options = JobOptions.quick
            options.timeLimit = .milliseconds(300)
            options.maxRetries = 1
            let job = try await bed.outcome(options) { _, _ in
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    cancelled.add("cancelled")
                    throw error
                }
            }
            #expect(job.state == .error)
            #expect(job.attempt == 2)
            #expect(job.error == "the time limit of 300 ms was exceeded")
            #expect(cancelled.count == 2)
        }
    }

    @Test func `a handler that returns after its time limit does not count as done`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome(JobOptions(maxRetries: 0, timeLimit: .milliseconds(100))) { _, _ in
                while !Task.isCancelled { await Task.yield() }
            }
            #expect(job.state == .error)
            #expect(job.error == "the time limit of 100 ms was exceeded")
        }
    }

    @Test func `a running job that is cancelled hears of it at once, and ends in Cancelled`() async throws {
        try await withTestBed { bed in
            let heard = Gate()
            let handlers = JobHandlers.note { _, _ in
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    heard.open()
                    throw Mishap("whatever the handler throws then")
                }
            }
            var configuration = WorkerConfiguration.places(1)
            // A renewal of the lease would tell it too.
            configuration.lease = .seconds(3600)
            try await bed.working(handlers, configuration) { worker in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                try await eventually("the worker listens to orders") {
                    let clients = try await bed.redis.send(RedisCommand("CLIENT", ["LIST"])).string ?? ""
                    return clients.split(separator: "\n").contains {
                        $0.contains("name=martlet-orders") && $0.contains("cmd=blpop")
                    }
                }
                #expect(try await bed.inspector.cancel(id, by: Operator("ada")) == .requested(worker: worker.id))
                try await eventually("the handler was told") { heard.isOpen }
                let job = try await bed.finished(id)
                #expect(job.state == .cancelled)
                #expect(job.error == "cancelled while it ran")
            }
        }
    }

    @Test func `an order that comes when the job has ended cancels no later round of it`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { worker in
                let id = try await bed.jobs.enqueue(Note()).id
                #expect(try await bed.finished(id).state == .successful)
                // As an operator's cancel leaves it that asked while the job still ran.
                let orders = RedisArgument(bed.keys.orders(worker.id))
                _ = try await bed.redis.send(
                    RedisCommand("RPUSH", [orders, RedisArgument("cancel \(id)"), "nonsense"])
                )
                try await eventually("the worker has heard it") { worker.diary.contains("unknown order") }
                try await bed.inspector.restart(id, by: Operator("ada"))
                let job = try await bed.finished(id)
                #expect((job.state, job.attempt) == (.successful, 2))
            }
        }
    }

    @Test func `a handler that ignores its cancel and returns ends in Cancelled`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let heard = Gate()
            let handlers = JobHandlers.note { _, _ in
                await withTaskCancellationHandler {
                    await gate.waitWhateverHappens()
                } onCancel: {
                    heard.open()
                }
            }
            try await bed.working(handlers) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                try await bed.inspector.cancel(id, by: Operator("ada"))
                try await eventually("the handler was told") { heard.isOpen }
                #expect(try await bed.record(id).state == .running)
                #expect(try await bed.record(id).cancelRequestedAt != nil)
                gate.open()
                #expect(try await bed.finished(id).state == .cancelled)
            }
        }
    }

    @Test func `a waiting and a scheduled job are cancelled without ever running`() async throws {
        try await withTestBed { bed in
            let waiting = try await bed.jobs.enqueue(Note()).id
            let scheduled = try await bed.jobs.enqueue(Note(), start: .after(.milliseconds(100))).id
            #expect(try await bed.inspector.cancel(waiting, by: Operator("ada")) == .cancelled)
            #expect(try await bed.inspector.cancel(scheduled, by: Operator("ada")) == .cancelled)
            try await bed.working(.note { _, _ in Issue.record("it ran") }) { _ in
                try await eventually("the scheduled one would have been due") {
                    let due = try #require(try await bed.record(scheduled).dueAt)
                    return try await bed.inspector.now().duration(since: due) > .milliseconds(100)
                }
            }
            #expect(try await bed.record(waiting).state == .cancelled)
            #expect(try await bed.record(scheduled).state == .cancelled)
        }
    }
}
