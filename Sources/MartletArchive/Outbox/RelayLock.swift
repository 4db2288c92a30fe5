#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One relay at a time for each database, so that rows go in order: a lock of the kernel on a file beside it, which
/// goes with the process however it dies.
struct RelayLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock; nil while another relay has it. A database without a file has no other.
    /// - Throws: ``ArchiveError`` when the file can't be made or locked.
    init?(database path: String) throws(ArchiveError) {
        guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("file:") else {
            descriptor = -1
            return
        }
        descriptor = open(path + "-relay", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ArchiveError(.io, "\(path)-relay: it can't be made: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        if errno == EWOULDBLOCK { return nil }
        throw ArchiveError(.io, "\(path)-relay: it can't be locked: \(String(cString: strerror(errno)))")
    }

    deinit {
        guard descriptor >= 0 else { return }
        // A process that is being started holds the descriptor too, until it has its own program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
