package import GRDB

/// The reason, in words for people, why a database file could not be opened, read or written.
package struct StorageError: Error, Sendable {
    /// The kinds of failure that callers tell apart.
    package enum Kind: Sendable, Hashable {
        /// The file is not what is looked for: a folder, a pipe, no database, another program's, or one of a later
        /// release.
        case foreign
        /// Another process holds the write lock.
        case busy
        /// The disk, or what the database may use of it, is full.
        case full
        /// The file has changed since it was written: a part is missing or wrong.
        case damaged
        /// The file can't be made, opened, read or written.
        case io
        /// SQLite refused for a reason that none of the above names.
        case other
    }

    package let kind: Kind
    /// The failure in words, with the path, and a remedy where one is known.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Makes an error in words from one of SQLite's.
    package init(_ error: any Error, path: String) {
        if let error = error as? StorageError {
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
            self.init(.damaged, "\(path): the file is no SQLite database, or is one no more (\(said))")
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
}

/// A module's own type of error, into which a ``StorageError`` is turned where it leaves the module.
package protocol StorageFailure: Error, Sendable {
    init(_ error: StorageError)
}

extension StorageFailure {
    /// Keeps an error of this type as it is, and makes one in words from any other.
    package init(_ error: any Error, path: String) {
        if let error = error as? Self {
            self = error
        } else {
            self.init(StorageError(error, path: path))
        }
    }

    /// Runs `body`, and turns whatever it throws into an error of this type that names the path.
    package static func named<Value>(_ path: String, _ body: () throws -> Value) throws(Self) -> Value {
        do {
            return try body()
        } catch {
            throw Self(error, path: path)
        }
    }
}

extension DatabaseReader {
    /// Reads what is committed.
    ///
    /// An error becomes one of the caller's type that names the file.
    package func read<Value: Sendable, Failure: StorageFailure>(
        throwing: Failure.Type,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await read(body)
        } catch {
            throw Failure(error, path: path)
        }
    }
}

extension DatabaseWriter {
    /// Writes in one transaction.
    ///
    /// An error becomes one of the caller's type that names the file.
    package func write<Value: Sendable, Failure: StorageFailure>(
        throwing: Failure.Type,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await write(body)
        } catch {
            throw Failure(error, path: path)
        }
    }
}
