import Foundation
import Martlet
import MartletTesting
import MartletWorker
import Testing

/// What a program that uses Martlet tests its jobs with.
///
/// Nothing here sees more than such a program does.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct TestingTests {
    @Test func `a welcome is sent, and a reminder follows in a week`() async throws {
        try await withJobClient { jobs, clock in
            let handlers = handlers(jobs)
            try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
            #expect(try await jobs.drain("mail", with: handlers).outcomes == [.successful])
            try await jobs.expectEnqueued(Reminder.self) { $0.to == "ada@example.com" }
            try await clock.advance(by: .seconds(7 * 24 * 3600))
            #expect(try await jobs.drain("mail", with: handlers).attempts.map(\.type) == ["reminder"])
        }
    }

    @Test func `a handler is called without Redis, and what it said is there to be looked at`() async throws {
        let slot = Date(timeIntervalSince1970: 86_400)
        let email = WelcomeEmail(to: "grace@example.com")
        let context = try JobContext.forTesting(email, attempt: 2, schedule: "daily", slot: slot)
        try await Welcome().run(email, context)
        #expect(context.recorded.lines.map(\.message) == ["sending", "no such mailbox"])
        #expect(context.recorded.lines.first?.fields == ["to": "grace@example.com"])
        #expect(context.recorded.lines.last?.level == .warning)
        #expect(context.recorded.report == .warning)
        #expect(context.recorded.progress == 1)
        #expect(context.recorded.progressNote == "sent")
        #expect(context.queue == "mail")
        #expect(context.type == "email.welcome")
        #expect(context.slot == slot)
        #expect(context.retriesLeft == 2)
        #expect(context.deadline.map { $0.timeIntervalSince(context.startedAt) } == 20)
    }

    @Test func `drain runs what the jobs enqueue, in order, and leaves what comes later`() async throws {
        try await withJobClient { jobs, clock in
            var handlers = JobHandlers()
            handlers.add(Chain.self) { chain, context in
                if chain.left == 3, context.attempt == 1 { throw Mishap() }
                if chain.left > 0 { try await jobs.enqueue(Chain(left: chain.left - 1)) }
            }
            try await jobs.enqueue(Chain(left: 5))
            let first = try await jobs.drain(with: handlers)
            #expect(first.attempts.count == 3)
            #expect(first.outcomes.prefix(2) == [.successful, .successful])
            guard case .retried(let delay) = first.outcomes.last else { throw Mishap() }
            #expect(try await jobs.drain(with: handlers).attempts.isEmpty)
            try await clock.advance(by: delay)
            #expect(try await jobs.drain(with: handlers).attempts.map(\.attempt) == [2, 1, 1, 1])
        }
    }

    @Test func `drain leaves jobs that no handler is there for`() async throws {
        try await withJobClient { jobs, _ in
            try await jobs.enqueue(Chain(left: 0))
            try await jobs.enqueue(Reminder(to: "x"), options: JobOptions(queue: "default"))
            var handlers = JobHandlers()
            handlers.add(Chain.self) { _, _ in }
            #expect(try await jobs.drain(with: handlers).attempts.count == 1)
            #expect(try await jobs.enqueued(Reminder.self).count == 1)
        }
    }

    @Test func `many jobs drain with many places`() async throws {
        try await withJobClient { jobs, _ in
            var handlers = JobHandlers()
            handlers.add(Chain.self) { _, _ in }
            try await jobs.enqueue((0..<500).map { _ in Chain(left: 0) })
            let drained = try await jobs.drain(with: handlers, concurrency: 50)
            #expect(drained.outcomes == Array(repeating: .successful, count: 500))
        }
    }

    @Test func `an expectation that is not met says what is there instead`() async throws {
        try await withJobClient { jobs, _ in
            try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
            let error = await #expect(throws: NotEnqueued.self) {
                try await jobs.expectEnqueued(WelcomeEmail.self) { $0.to == "grace@example.com" }
            }
            #expect(try #require(error).description.contains("ada@example.com"))
            await #expect(throws: NotEnqueued.self) { try await jobs.expectEnqueued(Reminder.self) }
            await #expect(throws: NotEnqueued.self) {
                try await jobs.expectEnqueued(WelcomeEmail.self, queue: "elsewhere")
            }
        }
    }

    @Test func `the same seed gives the same numbers, those of the published generator`() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ]
        )
    }
}

private struct Mishap: Error {}

private struct WelcomeEmail: Job {
    static let jobType = "email.welcome"
    static let options = JobOptions(queue: "mail", maxRetries: 3, timeLimit: .seconds(20))
    let to: String
}

private struct Reminder: Job {
    static let jobType = "reminder"
    static let options = JobOptions(queue: "mail")
    let to: String
}

private struct Chain: Job {
    static let jobType = "chain"
    let left: Int
}

private struct Welcome: JobHandler {
    func run(_ email: WelcomeEmail, _ context: JobContext) async throws {
        context.logger.info("sending", metadata: ["to": "\(email.to)"])
        context.warning("no such mailbox")
        context.progress(1, "sent")
    }
}

private func handlers(_ jobs: JobClient) -> JobHandlers {
    var handlers = JobHandlers()
    handlers.add(WelcomeEmail.self) { email, _ in
        try await jobs.enqueue(Reminder(to: email.to), start: .after(.seconds(7 * 24 * 3600)))
    }
    handlers.add(Reminder.self) { _, _ in }
    return handlers
}
