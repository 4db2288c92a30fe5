#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Martlet
internal import MartletSQLite

/// A lock that one relay at a time holds on a database, so that rows go in order.
///
/// It is a lock of the kernel on a file beside the database, and ends with the process however that dies.
struct RelayLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock; nil while another relay has it.
    ///
    /// A database in memory needs no file, since it can have no other relay.
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
        // A process that is being started holds the descriptor, too, until it runs its own program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
