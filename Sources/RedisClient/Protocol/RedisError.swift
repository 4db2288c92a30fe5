/// A failure between this program and Redis: a stable ``code`` to compare with and a ``message`` for people.
///
/// The message never contains a password.
public struct RedisError: Error, Sendable, CustomStringConvertible {
    /// The kind of a failure.
    ///
    /// It is opaque, so that later releases can add kinds without breaking a `switch`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind, for logs: `connection`, `read only`.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// A setting is wrong: the URL, a file, a name.
        ///
        /// Waiting does not help.
        public static let configuration = Code("configuration")
        /// No connection could be made, or the one in use was lost.
        public static let connection = Code("connection")
        /// The deadline of the command passed without a reply.
        public static let timeout = Code("timeout")
        /// The other side does not speak the Redis protocol, or sent more than is allowed.
        public static let protocolViolation = Code("protocol violation")
        /// Any error reply without a code of its own here: a wrong type, a wrong argument, a script that failed.
        public static let server = Code("server")
        /// NOSCRIPT: the server does not know the script by its SHA.
        public static let noScript = Code("no script")
        /// MISCONF, NOREPLICAS: the server refuses writes, because it can't save or replicate them.
        public static let misconf = Code("misconf")
        /// OOM: the server is at its memory limit and refuses writes.
        public static let oom = Code("out of memory")
        /// LOADING: the server is reading its data from disk.
        public static let loading = Code("loading")
        /// READONLY, MASTERDOWN: the server is a replica.
        public static let readOnly = Code("read only")
        /// BUSY: a script has blocked the server for too long.
        public static let busy = Code("busy")
        /// NOAUTH, WRONGPASS: the user or the password is missing or wrong.
        public static let noAuth = Code("no auth")
        /// NOPERM: the user may not run the command or touch the key.
        public static let noPermission = Code("no permission")
        /// MOVED, ASK, CLUSTERDOWN, TRYAGAIN: the node of a cluster does not serve the key now.
        public static let moved = Code("moved")
        /// The client was closed, or the caller of a blocking command was cancelled.
        public static let closed = Code("closed")
    }

    /// The kind of the failure.
    public let code: Code
    /// The failure in words, with the address of the server and a remedy where one is known.
    public let message: String
    /// True when the command may have reached the server: it was written, and no reply to it came.
    ///
    /// An error that the server itself replied leaves this `false`.
    public let mayHaveBeenApplied: Bool

    /// Makes an error of a kind, in words.
    package init(_ code: Code, _ message: String, mayHaveBeenApplied: Bool = false) {
        self.code = code
        self.message = message
        self.mayHaveBeenApplied = mayHaveBeenApplied
    }

    /// True when waiting and trying again may help, because the server or the way to it is not in order.
    ///
    /// A protocol violation is no outage: the same question would get the same answer, for example one that is too
    /// large.
    public var isOutage: Bool {
        switch code {
        case .connection, .timeout, .misconf, .oom, .loading, .readOnly, .busy, .noAuth,
            .noPermission, .moved:
            true
        default:
            false
        }
    }

    /// The message, and a note where the command may have been applied.
    public var description: String {
        mayHaveBeenApplied ? "\(message) (the command may have been applied)" : message
    }
}
