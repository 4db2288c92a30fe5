/// Code around every attempt of every job: the place for metrics, traces and what handlers have in common.
///
/// ```swift
/// struct Timing: JobMiddleware {
///     func run(_ context: JobContext, next: @Sendable () async throws -> Void) async throws {
///         let start = ContinuousClock.now
///         defer { context.logger.info("\(context.type) took \(ContinuousClock.now - start)") }
///         try await next()
///     }
/// }
/// handlers.use(Timing())
/// ```
public protocol JobMiddleware: Sendable {
    /// Runs one attempt by calling `next`, which runs the next middleware and at last the handler. What this throws
    /// counts as thrown by the handler; an error of `next` that is not thrown on leaves the attempt successful, and so
    /// does a `next` that is not called.
    func run(_ context: JobContext, next: @Sendable () async throws -> Void) async throws

    /// Hears how an attempt ended, right before that is written to Redis: also of an attempt whose handler never began
    /// or does not stop, which ``run(_:next:)`` can't tell of. It holds the job's place while it works, so it returns
    /// soon.
    func ended(_ context: JobContext, _ outcome: AttemptOutcome)
}

extension JobMiddleware {
    /// Runs the attempt and does nothing else.
    public func run(_ context: JobContext, next: @Sendable () async throws -> Void) async throws {
        try await next()
    }

    /// Does nothing.
    public func ended(_ context: JobContext, _ outcome: AttemptOutcome) {}
}

/// How an attempt ended, as far as its worker decides it.
///
/// Redis has the last word: a job whose lease was lost in this very moment is another worker's, and one that somebody
/// cancels in it ends in Cancelled instead of coming back.
public enum AttemptOutcome: Sendable, Hashable {
    case successful
    /// The handler returned, and had reported a warning.
    case warning
    /// The handler returned and had reported an error, or failed with no retry left, or said that none would help.
    case error
    case cancelled
    /// The attempt failed, and another one follows after this long.
    case retried(after: Duration)
    /// The job comes again after this long; the attempt is not spent.
    case snoozed(for: Duration)
    /// The job is given back because the worker stops, or has no thread for it; the attempt is not spent.
    case released
    /// The lease was lost: the job is another worker's, and nothing is written.
    case leaseLost
}

extension ArraySlice<any JobMiddleware> {
    /// Runs the first around the others, and the last around `body`.
    func run(_ context: JobContext, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let first else { return try await body() }
        let others = dropFirst()
        try await first.run(context) { try await others.run(context, body) }
    }
}
