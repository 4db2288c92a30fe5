internal import GRDB

/// Why an archive or an outbox could not be read or written.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More may come; compare with the ones you handle.
    public struct Code: Sendable, Hashable {
        private let name: String
        /// There is no such file.
        public static let missing = Code(name: "missing")
        /// The file is something else: no database, another program's, or one of a later release.
        public static let foreign = Code(name: "foreign")
        /// Another process held the write lock for longer than is waited.
        public static let busy = Code(name: "busy")
        /// A reader keeps the write-ahead log from being emptied, and it has reached its limit.
        public static let heldOpen = Code(name: "held open")
        /// The disk, or what the database may use of it, is full.
        public static let full = Code(name: "full")
        /// The file is not what was written to it.
        public static let damaged = Code(name: "damaged")
        /// The file can't be opened, read or written: rights, a missing folder, a broken disk.
        public static let io = Code(name: "io")
        /// An argument is not acceptable.
        public static let invalid = Code(name: "invalid")
        /// SQLite refused for a reason that none of the above names.
        public static let other = Code(name: "other")
    }

    public let code: Code
    /// The failure in words, with the path and a remedy where one is known.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What SQLite said, in the words of this module.
    init(_ error: any Error, path: String) {
        if let error = error as? ArchiveError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.other, "\(path): \(error)")
            return
        }
        let said = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .busy,
                "\(path): another process holds its write lock (\(said)); end it, or wait until it is done"
            )
        case .SQLITE_FULL:
            self.init(.full, "\(path): the disk is full (\(said)); make room on it")
        case .SQLITE_CORRUPT:
            self.init(.damaged, "\(path): the file is damaged (\(said))")
        case .SQLITE_NOTADB:
            self.init(.damaged, "\(path): the file is no database any more (\(said))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.io, "\(path): it can't be written to (\(said)); let this user write to the file and its folder")
        case .SQLITE_CANTOPEN:
            self.init(.io, "\(path): it can't be opened (\(said)); make its folder, and let this user write to it")
        case .SQLITE_IOERR:
            self.init(.io, "\(path): the disk fails (\(said))")
        default:
            self.init(.other, "\(path): \(said)")
        }
    }

    public var description: String { message }
}
