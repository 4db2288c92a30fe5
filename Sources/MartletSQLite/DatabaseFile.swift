#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The file of a database, looked at and made without SQLite.
package enum DatabaseFile {
    /// The identity of a file on its disk: two files with the same identity are one.
    package struct Identity: Sendable, Equatable {
        private let device: UInt64
        private let inode: UInt64

        /// Nil where there is no file.
        package init?(_ path: String) {
            guard let status = DatabaseFile.status(path) else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    /// The size in bytes; nil where there is no file.
    package static func size(_ path: String) -> Int64? {
        status(path).map { Int64($0.st_size) }
    }

    /// Makes an empty file that only its owner may read and write, whatever the umask is.
    ///
    /// A file that is there stays as it is.
    ///
    /// SQLite gives the files that it makes beside it the same rights.
    /// - Throws: ``StorageError``: `foreign` for a path that is no file and would block its reader, `io` when the file
    ///   can't be made.
    package static func makePrivate(_ path: String) throws(StorageError) {
        if try isThere(path) { return }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            let said = String(cString: strerror(errno))
            throw StorageError(
                .io,
                "\(path): it can't be made (\(said)); make its folder, and let this user write to it"
            )
        }
        defer { close(descriptor) }
        // The umask may have taken away rights that the owner needs.
        guard fchmod(descriptor, 0o600) == 0 else {
            throw StorageError(.io, "\(path): its rights can't be set: \(String(cString: strerror(errno)))")
        }
    }

    /// Tells whether there is a file that can be a database.
    /// - Throws: ``StorageError`` with the kind `foreign` for a folder, a pipe, a device or a socket.
    package static func isThere(_ path: String) throws(StorageError) -> Bool {
        guard let status = status(path) else { return false }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return true
        case S_IFDIR: throw StorageError(.foreign, "\(path): this is a folder; name a file in it")
        default: throw StorageError(.foreign, "\(path): this is a pipe, a device or a socket; name a file")
        }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
