public import Martlet
internal import FoundationEssentials

/// A handler of jobs of one type that carries what it needs, such as a database.
public protocol JobHandler<Payload>: Sendable {
    associatedtype Payload: Job

    /// Runs one attempt.
    ///
    /// A handler that returns has succeeded, or ended as badly as the job reported of itself. One that throws gets
    /// another attempt while the job has retries left, or what a ``JobSignal`` says. The task is cancelled at the time
    /// limit, when somebody cancels the job, when the lease is lost and at the end of a shutdown; a return after that
    /// does not make the job successful.
    func run(_ job: Payload, _ context: JobContext) async throws

    /// The time that one attempt at this job may run; nil, the default, leaves it to the job's options.
    func timeLimit(of job: Payload) -> Duration?

    /// The wait before another attempt after one that failed with `error`; nil, the default, leaves it to the job's
    /// options.
    ///
    /// It is asked only for an error that is no ``JobSignal``, and only while the job has a retry left.
    func backoff(after error: any Error, _ context: JobContext) -> Duration?
}

extension JobHandler {
    /// Leaves the time limit to the options of the job.
    public func timeLimit(of job: Payload) -> Duration? { nil }
    /// Leaves the wait to the options of the job.
    public func backoff(after error: any Error, _ context: JobContext) -> Duration? { nil }
}

/// The handlers of a worker: for each job type the code that runs it.
///
/// ```swift
/// var handlers = JobHandlers()
/// handlers.add(WelcomeEmail.self) { email, context in
///     context.logger.info("sending", metadata: ["to": "\(email.to)"])
/// }
/// ```
public struct JobHandlers: Sendable {
    private var entries: [String: JobEntry] = [:]
    /// The middleware, the outermost first.
    private(set) var middleware: [any JobMiddleware] = []

    /// Makes an empty register.
    public init() {}

    /// Runs jobs of a type with a closure.
    /// - Precondition: the type's name is valid and has no handler yet; anything else is a mistake in the program.
    public mutating func add<Payload: Job>(
        _ type: Payload.Type,
        _ run: @escaping @Sendable (Payload, JobContext) async throws -> Void
    ) {
        add(type.jobType, options: type.options) { payload, context in
            try await run(try Self.decode(payload), context)
        }
    }

    /// Runs jobs of a type with a handler that carries its dependencies.
    /// - Precondition: the type's name is valid and has no handler yet; anything else is a mistake in the program.
    public mutating func add<Handler: JobHandler>(_ handler: Handler) {
        add(
            Handler.Payload.jobType,
            options: Handler.Payload.options,
            backoff: { handler.backoff(after: $0, $1) }
        ) { payload, context in
            let job: Handler.Payload = try Self.decode(payload)
            if let limit = handler.timeLimit(of: job) { context.notes.limit(to: limit) }
            try await handler.run(job, context)
        }
    }

    /// Puts middleware around every attempt of every handler, added before or after: the one that was given first is
    /// the outermost.
    public mutating func use(_ middleware: any JobMiddleware...) {
        self.middleware += middleware
    }

    /// Runs jobs of a name with code that reads the payload's bytes itself.
    package mutating func add(
        _ type: String,
        options: JobOptions,
        backoff: (@Sendable (any Error, JobContext) -> Duration?)? = nil,
        _ run: @escaping @Sendable ([UInt8], JobContext) async throws -> Void
    ) {
        precondition(Name.isValid(type), "the job type \(type) is no name: use 1 to 128 of A-Z a-z 0-9 . _ -")
        precondition(entries[type] == nil, "two handlers for the job type \(type)")
        entries[type] = JobEntry(options: options, backoff: backoff, run: run)
    }

    /// The names of the job types, sorted.
    package var types: [String] { entries.keys.sorted() }

    /// The job types with the options of each that apply where a job has none of its own.
    var handledTypes: [HandledType] {
        types.compactMap { type in
            guard let entry = entries[type] else { return nil }
            let options = ResolvedOptions(JobOptions(), type: entry.options)
            return HandledType(type, maxRetries: options.retries.maxRetries, retention: options.retention)
        }
    }

    func entry(for type: String) -> JobEntry? { entries[type] }

    /// Decodes a payload.
    /// - Throws: ``JobSignal/fail(_:)`` when the payload is none of its type, since another attempt would not change
    ///   that.
    package static func decode<Payload: Job>(_ payload: [UInt8]) throws -> Payload {
        do {
            return try decoder.decode(Payload.self, from: Data(payload))
        } catch {
            throw JobSignal.fail("the payload is not a \(Payload.self): \(error)")
        }
    }

    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }()
}

/// The registration of a job type, which all of its attempts share.
final class JobEntry: Sendable {
    /// The options of the type, for what a job does not say itself.
    let options: JobOptions
    /// Asks the handler for the wait after an error; nil when the type has no such function.
    let backoff: (@Sendable (any Error, JobContext) -> Duration?)?
    let run: @Sendable ([UInt8], JobContext) async throws -> Void

    init(
        options: JobOptions,
        backoff: (@Sendable (any Error, JobContext) -> Duration?)?,
        run: @escaping @Sendable ([UInt8], JobContext) async throws -> Void
    ) {
        self.options = options
        self.backoff = backoff
        self.run = run
    }
}
