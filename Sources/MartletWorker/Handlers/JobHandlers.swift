public import Martlet
internal import FoundationEssentials

/// Code that runs the jobs of one type, as a type of its own that carries what it needs.
public protocol JobHandler<Payload>: Sendable {
    associatedtype Payload: Job

    /// Runs one attempt. Return: successful, or as bad as the job reported of itself. Throw: another attempt by the
    /// job's retries, or what a ``JobSignal`` says. The task is cancelled at the time limit, when somebody cancels the
    /// job, when the lease is lost and at the end of a shutdown; a handler that returns after that counts as not done.
    func run(_ job: Payload, _ context: JobContext) async throws
}

/// Which code runs which type of job.
///
/// ```swift
/// var handlers = JobHandlers()
/// handlers.add(WelcomeEmail.self) { email, context in
///     context.logger.info("sending", metadata: ["to": "\(email.to)"])
/// }
/// ```
public struct JobHandlers: Sendable {
    private var entries: [String: JobEntry] = [:]

    public init() {}

    /// Runs jobs of a type with a closure.
    /// - Precondition: the type's name is valid and not taken yet; both are mistakes in the program.
    public mutating func add<Payload: Job>(
        _ type: Payload.Type,
        _ run: @escaping @Sendable (Payload, JobContext) async throws -> Void
    ) {
        add(type.jobType, options: type.options) { payload, context in
            let job: Payload
            do {
                job = try Self.decoder.decode(Payload.self, from: Data(payload))
            } catch {
                throw JobSignal.fail("the payload is not a \(type): \(error)")
            }
            try await run(job, context)
        }
    }

    /// Runs jobs of a type with a handler that carries its dependencies.
    public mutating func add(_ handler: some JobHandler) {
        add(handler, payload: type(of: handler).payloadType)
    }

    /// Runs jobs of a name with code that reads the payload's bytes itself.
    package mutating func add(
        _ type: String,
        options: JobOptions,
        _ run: @escaping @Sendable ([UInt8], JobContext) async throws -> Void
    ) {
        precondition(Name.isValid(type), "the job type \(type) is no name: use 1 to 128 of A-Z a-z 0-9 . _ -")
        precondition(entries[type] == nil, "two handlers for the job type \(type)")
        entries[type] = JobEntry(options: options.or(.defaults), run: run)
    }

    private mutating func add<Handler: JobHandler>(_ handler: Handler, payload: Handler.Payload.Type) {
        add(payload) { job, context in try await handler.run(job, context) }
    }

    /// The names, sorted.
    package var types: [String] { entries.keys.sorted() }

    func entry(for type: String) -> JobEntry? { entries[type] }

    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }()
}

extension JobHandler {
    fileprivate static var payloadType: Payload.Type { Payload.self }
}

/// What is registered for a job type.
struct JobEntry: Sendable {
    /// With the defaults filled in.
    let options: JobOptions
    let run: @Sendable ([UInt8], JobContext) async throws -> Void
}
