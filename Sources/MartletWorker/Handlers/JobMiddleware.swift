/// Code around every attempt of every job: the place for metrics, traces and whatever else handlers have in common.
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
    /// Runs one attempt by calling `next`, which runs the next middleware and at last the handler.
    ///
    /// An error that this throws counts as thrown by the handler. When it returns, the handler counts as returned, also
    /// when it caught an error of `next` or did not call `next`.
    func run(_ context: JobContext, next: @Sendable () async throws -> Void) async throws

    /// Hears how an attempt ended, right before that is written to Redis.
    ///
    /// It is called for every attempt, also when the handler never began or does not stop, which ``run(_:next:)`` can't
    /// see. The job keeps its place until this returns, so it should return soon.
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

/// The end of an attempt, as far as its worker decides it.
///
/// Redis has the last word. When the lease was lost at this very moment, the job is another worker's; when somebody
/// cancels the job at this moment, it ends in Cancelled instead of coming back.
public enum AttemptOutcome: Sendable, Hashable {
    /// The handler returned and had reported nothing bad.
    case successful
    /// The handler returned and had reported a warning.
    case warning
    /// The handler returned and had reported an error, or it failed with no retry left, or it said that no retry would
    /// help.
    case error
    /// The job was cancelled, by its handler or by somebody else.
    case cancelled
    /// The attempt failed, and another one follows after this time.
    case retried(after: Duration)
    /// The job runs again after this time; the attempt is not spent.
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
