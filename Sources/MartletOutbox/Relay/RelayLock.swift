#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Martlet
internal import MartletSQLite

/// Keeps it to one relay at a time for each database, so that rows go in order: a lock of the kernel on a file beside
/// the database, which goes with the process however it dies.
struct RelayLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock; nil while another relay has it.
    ///
    /// A database in memory has no other relay, and needs no file.
    /// - Throws: `JobError` with the code `outbox` when the file can't be made or locked.
    init?(database path: String) throws(JobError) {
        guard let descriptor = try Self.lock(path) else { return nil }
        self.descriptor = descriptor
    }

    private static func lock(_ path: String) throws(JobError) -> Int32? {
        guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("file:") else { return -1 }
        let file = path + "-relay"
        try JobError.named(file) { try DatabaseFile.makePrivate(file) }
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw JobError(.outbox, "\(file): it can't be opened: \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        let failure = errno
        close(descriptor)
        if failure == EWOULDBLOCK { return nil }
        throw JobError(.outbox, "\(file): it can't be locked: \(String(cString: strerror(failure)))")
    }

    deinit {
        guard descriptor >= 0 else { return }
        // A process that is being started holds the descriptor too, until it has its own program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
