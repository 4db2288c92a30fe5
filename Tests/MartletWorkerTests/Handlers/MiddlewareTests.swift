import Martlet
import MartletTesting
import MartletWorker
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct MiddlewareTests {
    /// Writes down what it sees, and throws or swallows errors where it is told to.
    private struct Witness: JobMiddleware {
        let name: String
        let seen: Tally
        var swallows = false
        var refuses = false

        func run(_ context: JobContext, next: @Sendable () async throws -> Void) async throws {
            seen.add("\(name) begins \(context.type) of \(context.queue), attempt \(context.attempt)")
            if refuses { throw Mishap("not today") }
            do {
                try await next()
                seen.add("\(name) returns")
            } catch {
                seen.add("\(name) sees \(error)")
                if !swallows { throw error }
            }
        }

        func ended(_ context: JobContext, _ outcome: AttemptOutcome) {
            seen.add("\(name) hears \(outcome) after \(context.waited >= .zero ? "a wait" : "no wait")")
        }
    }

    /// Hears of ends alone.
    private struct Ear: JobMiddleware {
        let heard: Tally

        func ended(_ context: JobContext, _ outcome: AttemptOutcome) {
            heard.add("\(outcome)")
        }
    }

    @Test func `middleware stands around the handler in the order in which it was given`() async throws {
        try await withTestBed { bed in
            let seen = Tally()
            var handlers = JobHandlers()
            handlers.use(Witness(name: "outer", seen: seen), Witness(name: "inner", seen: seen))
            handlers.add(Note.self) { _, _ in seen.add("handler") }
            try await bed.working(handlers) { _ in
                try await bed.finished(try await bed.jobs.enqueue(Note()).id)
            }
            #expect(
                seen.all == [
                    "outer begins note of default, attempt 1", "inner begins note of default, attempt 1", "handler",
                    "inner returns", "outer returns", "inner hears successful after a wait",
                    "outer hears successful after a wait",
                ]
            )
        }
    }

    @Test func `what middleware throws counts as thrown by the handler, and what it keeps does not`() async throws {
        try await withTestBed { bed in
            let seen = Tally()
            var refusing = JobHandlers.note { _, _ in seen.add("never") }
            refusing.use(Witness(name: "one", seen: seen, refuses: true))
            try await bed.working(refusing) { _ in
                let id = try await bed.jobs.enqueue(Note(), options: JobOptions(maxRetries: 0)).id
                let job = try await bed.finished(id)
                #expect(job.state == .error)
                #expect(job.error == "not today")
            }
            #expect(!seen.all.contains("never"))
            var swallowing = JobHandlers.note { _, _ in throw Mishap("harmless") }
            swallowing.use(Witness(name: "one", seen: seen, swallows: true))
            try await bed.working(swallowing) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                #expect(try await bed.finished(id).state == .successful)
            }
            #expect(seen.all.contains("one sees harmless"))
        }
    }

    @Test func `middleware hears of every kind of end, also of one that the handler does not come to`() async throws {
        try await withTestBed { bed in
            let heard = Tally()
            let gate = Gate()
            var handlers = JobHandlers.note { note, context in
                switch note.text {
                case "warn": context.warning("odd")
                case "fail": throw JobSignal.fail("never")
                case "cancel": throw JobSignal.cancel("no longer")
                case "snooze" where context.attempt == 1: throw JobSignal.snooze(for: .seconds(60))
                case "retry": throw JobSignal.retry(after: .seconds(60), "busy")
                case "stuck": await gate.waitWhateverHappens()
                default: break
                }
            }
            handlers.use(Ear(heard: heard))
            var configuration = WorkerConfiguration.places(10)
            configuration.stuckGrace = .milliseconds(50)
            try await bed.working(handlers, configuration) { _ in
                for text in ["fine", "warn", "fail", "cancel", "snooze", "retry"] {
                    try await bed.jobs.enqueue(Note(text: text))
                }
                let options = JobOptions(maxRetries: 0, timeLimit: .milliseconds(50))
                try await bed.finished(try await bed.jobs.enqueue(Note(text: "stuck"), options: options).id)
                try await eventually("all have ended") { heard.count == 7 }
                gate.open()
            }
            #expect(
                Set(heard.all) == [
                    "successful", "warning", "error", "cancelled", "snoozed(for: 60.0 seconds)",
                    "retried(after: 60.0 seconds)",
                ]
            )
            #expect(heard.counts["error"] == 2)
        }
    }
}
