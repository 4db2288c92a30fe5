import Foundation
import Martlet
import MartletTesting
import MartletWorker
import Synchronization
import Testing

/// What a handler is told, and what it may decide.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ContextTests {
    private final class Seen: Sendable {
        private let contexts: Mutex<[JobContext]> = Mutex([])
        private let deadlines: Mutex<[Date?]> = Mutex([])

        func note(_ context: JobContext) {
            contexts.withLock { $0.append(context) }
            deadlines.withLock { $0.append(context.deadline) }
        }
        var all: [JobContext] { contexts.withLock { $0 } }
        var last: JobContext? { all.last }
        var deadline: Date? { deadlines.withLock { $0.last ?? nil } }
    }

    @Test func `a handler knows its job's queue, times and retries`() async throws {
        try await withTestBed { bed in
            let seen = Seen()
            let options = JobOptions(
                queue: "mail",
                maxRetries: 2,
                timeLimit: .seconds(40),
                backoff: .milliseconds(1),
                object: "account/7"
            )
            var configuration = WorkerConfiguration.quick
            configuration.queues = ["mail"]
            let handlers = JobHandlers.note { _, context in
                seen.note(context)
                if context.retriesLeft > 0 { throw Mishap("once more") }
            }
            let job = try await bed.working(handlers, configuration) { _ in
                try await bed.finished(try await bed.jobs.enqueue(Note(text: "hello"), options: options).id)
            }
            #expect(seen.all.map(\.attempt) == [1, 2, 3])
            #expect(seen.all.map(\.retriesLeft) == [2, 1, 0])
            let context = try #require(seen.last)
            #expect(context.queue == "mail")
            #expect(context.type == "note")
            #expect(context.object == "account/7")
            #expect(context.schedule == nil)
            #expect(context.slot == nil)
            #expect(String(decoding: context.payload, as: UTF8.self).contains("hello"))
            #expect(context.id == job.id)
            #expect(context.enqueuedAt <= context.startedAt)
            #expect(context.waited >= .zero)
            let left = try #require(seen.deadline).timeIntervalSince(context.startedAt)
            #expect((40..<70).contains(left), "\(left) s after the claim")
        }
    }

    @Test func `a job of a schedule knows its slot, also of one that is caught up`() async throws {
        try await withTestBed { bed in
            let seen = Seen()
            let handlers = JobHandlers.note { _, context in seen.note(context) }
            try await bed.working(handlers, schedules: try .notes("hourly", cron: "* * * * * *")) { _ in
                try await eventually("three slots ran") { seen.all.count >= 3 }
            }
            let slots = seen.all.compactMap { $0.slot?.timeIntervalSince1970 }
            #expect(slots.count == seen.all.count)
            #expect(Set(slots).count == slots.count)
            #expect(slots.allSatisfy { $0 == $0.rounded() })
            #expect(seen.all.allSatisfy { $0.schedule == "hourly" })
        }
    }

    /// Decides by the job how long it may run and when it is tried again.
    private struct Chooser: JobHandler {
        let seen: Seen

        func run(_ job: Note, _ context: JobContext) async throws {
            seen.note(context)
            guard context.attempt == 1 else { return }
            if job.text == "slow" { try await Task.sleep(for: .seconds(600)) }
            throw Mishap("too early")
        }

        func timeLimit(of job: Note) -> Duration? { job.text == "slow" ? .milliseconds(100) : nil }

        func backoff(after error: any Error, _ context: JobContext) -> Duration? {
            error is TimeLimitExceeded || context.retriesLeft == 5 ? .milliseconds(1) : nil
        }
    }

    @Test(arguments: ["slow", "early"])
    func `a handler decides for each job how long it may run and when it is tried again`(text: String) async throws {
        try await withTestBed { bed in
            let seen = Seen()
            var handlers = JobHandlers()
            handlers.add(Chooser(seen: seen))
            try await bed.working(handlers) { _ in
                // By its options it would come back after minutes, and run for ten minutes.
                let options = JobOptions(backoff: .seconds(600))
                let id = try await bed.jobs.enqueue(Note(text: text), options: options).id
                let job = try await bed.finished(id)
                #expect(job.state == .successful)
                #expect(job.attempt == 2)
                #expect(try await bed.inspector.attempts(id).map(\.end) == [text == "slow" ? .timedOut : .failed])
            }
        }
    }
}
