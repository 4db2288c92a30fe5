package import MartletSQLite

/// The reason why an archive could not be read or written.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    ///
    /// Later releases may add more; compare with the ones you handle.
    public struct Code: Sendable, Hashable {
        private let name: String
        /// There is no such file.
        public static let missing = Code(name: "missing")
        /// The file is not an archive that this release reads: it is no database, another program's, or a later
        /// release's.
        public static let foreign = Code(name: "foreign")
        /// Another process held the write lock for longer than the five seconds that Martlet waits.
        public static let busy = Code(name: "busy")
        /// A reader keeps the write-ahead log from being emptied, and the log has reached its limit.
        public static let heldOpen = Code(name: "held open")
        /// The disk, or what the database may use of it, is full.
        public static let full = Code(name: "full")
        /// The file has changed since it was written: a part is missing or wrong.
        public static let damaged = Code(name: "damaged")
        /// The file can't be made, opened, read or written, for example for lack of rights, of a folder or of a sound
        /// disk.
        public static let io = Code(name: "io")
        /// An argument is not acceptable.
        public static let invalid = Code(name: "invalid")
        /// SQLite refused for a reason that none of the above names.
        public static let other = Code(name: "other")
    }

    /// The kind of failure.
    public let code: Code
    /// The failure in words, with the path and a remedy where one is known.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The ``message``.
    public var description: String { message }
}

extension ArchiveError: StorageFailure {
    package init(_ error: StorageError) {
        let code: Code =
            switch error.kind {
            case .foreign: .foreign
            case .busy: .busy
            case .full: .full
            case .damaged: .damaged
            case .io: .io
            case .other: .other
            }
        self.init(code, error.message)
    }
}
