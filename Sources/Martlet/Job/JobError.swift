public import RedisClient

/// The error of every call to Martlet.
public struct JobError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    ///
    /// Later releases may add kinds; compare with those that you handle.
    public struct Code: Sendable, Hashable {
        private let name: String
        /// An argument is not acceptable; nothing was written.
        public static let invalid = Code(name: "invalid")
        /// Redis could not be reached, or refused a command; ``JobError/redis`` says which.
        public static let redis = Code(name: "redis")
        /// There is no such job, schedule or other thing.
        public static let notFound = Code(name: "not found")
        /// The thing is in a state in which the change is not possible.
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
        /// The job is in Redis, but too few replicas confirmed in time that they have it.
        ///
        /// It stays in Redis; enqueue it again with the same id to ask the replicas again.
        public static let unconfirmed = Code(name: "unconfirmed")
        /// The task that asked was cancelled before the answer was complete.
        public static let cancelled = Code(name: "cancelled")
        /// Redis holds something that Martlet did not write.
        public static let malformed = Code(name: "malformed")
    }

    /// The argument that is not acceptable.
    public struct InvalidValue: Sendable, Hashable {
        /// The name of the argument, for example `queue` or `cron hour`.
        public let field: String
        /// The value that was given, unescaped.
        public let value: String
        /// The value that would be right, or what to do, as a command: `use 1 to 128 of A-Z a-z 0-9 . _ -`.
        public let remedy: String

        package init(field: String, value: String, remedy: String) {
            self.field = field
            self.value = value
            self.remedy = remedy
        }
    }

    /// The kind of failure.
    public let code: Code
    /// A sentence for people, in which values from outside are escaped.
    public let message: String
    /// The error of the connection or of Redis; nil unless the code is `redis`.
    public let redis: RedisError?
    /// The argument that is not acceptable; nil unless the code is `invalid` and the cause is one value.
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

    /// The error for one value: its message names the field, the value (escaped, at most 80 characters) and what would
    /// be right.
    package static func invalid(_ field: String, _ value: String, _ remedy: String) -> JobError {
        JobError(
            .invalid,
            "\(field): \"\(Printable.escaped(value, limit: 80))\" is not acceptable; \(remedy)",
            invalidValue: InvalidValue(field: field, value: value, remedy: remedy)
        )
    }

    /// The ``message``.
    public var description: String { message }
}
