public import RedisClient

/// Why a call to Martlet failed.
public struct JobError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More may come; compare with the ones you handle.
    public struct Code: Sendable, Hashable {
        private let name: String
        /// An argument is not acceptable; nothing was written.
        public static let invalid = Code(name: "invalid")
        /// Redis could not be reached, or refused. ``JobError/redis`` says how.
        public static let redis = Code(name: "redis")
        /// There is no such job.
        public static let notFound = Code(name: "not found")
        /// The job is in a state in which this can't be done.
        public static let refused = Code(name: "refused")
        /// The server is not fit to hold jobs: too old, or it evicts keys.
        public static let unfit = Code(name: "unfit")
        /// A worker stopped with handlers still running that ignored their cancellation.
        public static let stuck = Code(name: "stuck")
        /// A worker stopped because none of its claims came through for longer than its watchdog allows.
        public static let stalled = Code(name: "stalled")
        /// An outbox holds as many jobs as it may; nothing was written.
        public static let full = Code(name: "full")
        /// The database of an outbox, or the spool of a ``JobClient``, can't be opened, read or written.
        public static let outbox = Code(name: "outbox")
        /// The job is in Redis, but fewer replicas than asked for said in time that they have it. It stays; enqueue it
        /// again with the same id to ask again.
        public static let unconfirmed = Code(name: "unconfirmed")
        /// The task that asked was cancelled before the answer was complete.
        public static let cancelled = Code(name: "cancelled")
        /// Redis holds something that Martlet did not write.
        public static let malformed = Code(name: "malformed")
    }

    /// What is wrong with an argument.
    public struct InvalidValue: Sendable, Hashable {
        /// The name of what is wrong, for example `queue` or `cron hour`.
        public let field: String
        /// What was given there, as it is.
        public let value: String
        /// What would be right.
        public let remedy: String

        package init(field: String, value: String, remedy: String) {
            self.field = field
            self.value = value
            self.remedy = remedy
        }
    }

    public let code: Code
    public let message: String
    /// The failure underneath, where the code is `redis`.
    public let redis: RedisError?
    /// What is wrong, where the code is `invalid` and it is one value.
    public let invalidValue: InvalidValue?

    package init(
        _ code: Code,
        _ message: String,
        redis: RedisError? = nil,
        invalidValue: InvalidValue? = nil
    ) {
        self.code = code
        self.message = message
        self.redis = redis
        self.invalidValue = invalidValue
    }

    package init(_ error: RedisError) {
        self.init(.redis, error.message, redis: error)
    }

    /// Names the field, the value that was given (escaped, at most 80 characters of it) and what would be right.
    package static func invalid(_ field: String, _ value: String, _ remedy: String) -> JobError {
        JobError(
            .invalid,
            "\(field): \"\(Printable.escaped(value, limit: 80))\" is not acceptable; \(remedy)",
            invalidValue: InvalidValue(field: field, value: value, remedy: remedy)
        )
    }

    public var description: String { message }
}
