public import Martlet
public import MartletWorker
internal import Synchronization

/// The attempts that ended while a queue was drained.
///
/// See `JobClient.drain`.
public struct Drained: Sendable {
    /// One attempt and how it ended.
    public struct Attempt: Sendable, Hashable {
        /// The job.
        public let id: JobID
        /// The type of the job.
        public let type: String
        /// The attempt's number, from 1.
        public let attempt: Int
        /// The outcome of the attempt.
        public let outcome: AttemptOutcome
    }

    /// The attempts, in the order in which they ended.
    public let attempts: [Attempt]

    /// The outcomes of the attempts, in the same order.
    public var outcomes: [AttemptOutcome] { attempts.map(\.outcome) }
}

extension JobClient {
    /// Runs all jobs that wait in a queue, and those that they enqueue there, until none is left that has a handler.
    ///
    /// A job that is to run later, for example a retry, stays: move the ``TestClock`` and drain again.
    ///
    /// ```swift
    /// try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
    /// let drained = try await jobs.drain("mail", with: handlers)
    /// #expect(drained.outcomes == [.successful])
    /// ```
    /// - Parameters:
    ///   - queue: the queue.
    ///   - handlers: the handlers; a job of a type without a handler stays.
    ///   - concurrency: the number of jobs that run at the same time. With one, the default, they run in the order in
    ///     which a single worker takes them.
    /// - Returns: the attempts that ended, with their outcomes.
    /// - Throws: `JobError`, as `Worker.run()` does.
    public func drain(
        _ queue: String = "default",
        with handlers: JobHandlers,
        concurrency: Int = 1
    ) async throws -> Drained {
        let record = DrainRecord()
        var handlers = handlers
        handlers.use(record)
        var configuration = WorkerConfiguration(queues: [queue], concurrency: concurrency, standsForLeader: false)
        configuration.endsWhenEmpty = true
        try await Worker(self, handlers: handlers, configuration: configuration).run()
        return Drained(attempts: record.attempts)
    }
}

private final class DrainRecord: JobMiddleware {
    private let ended: Mutex<[Drained.Attempt]> = Mutex([])

    var attempts: [Drained.Attempt] { ended.withLock { $0 } }

    func ended(_ context: JobContext, _ outcome: AttemptOutcome) {
        let attempt = Drained.Attempt(id: context.id, type: context.type, attempt: context.attempt, outcome: outcome)
        ended.withLock { $0.append(attempt) }
    }
}
