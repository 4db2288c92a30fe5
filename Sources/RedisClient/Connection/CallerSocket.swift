#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A second descriptor of a connected socket, through which any thread writes and reads without the event loop.
///
/// The descriptor is this object's own and is closed with it, so its number never comes to stand for another file.
final class CallerSocket: Sendable {
    /// What a wait for a reply has come to.
    enum Wait {
        case readable
        /// Nothing came in time.
        case inVain
        /// The other side has closed the connection, or it is broken: the event loop may be reading what is left.
        case ending
    }

    private let descriptor: CInt

    /// Duplicates the descriptor of a socket; nil when the process may open no more files.
    init?(duplicating socket: CInt) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        descriptor = duplicate
    }

    deinit {
        close(descriptor)
    }

    /// Writes what the socket takes without waiting, and returns the number of those bytes.
    ///
    /// It returns 0 for a socket that takes nothing or is broken: the event loop writes the rest, and meets the error.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        max(0, send(descriptor, bytes.baseAddress, bytes.count, Self.flags))
    }

    /// Waits on this thread until there is something to read, for so many milliseconds at most.
    func wait(milliseconds: CInt) -> Wait {
        #if os(Linux)
            let closed = Int16(0x2000)  // POLLRDHUP, which C shows to GNU sources only
        #else
            let closed = Int16(POLLHUP)
        #endif
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN) | closed, revents: 0)
        // A signal may end the wait early, which is then in vain.
        guard poll(&entry, 1, milliseconds) > 0 else { return .inVain }
        return entry.revents == Int16(POLLIN) ? .readable : .ending
    }

    /// Reads what there is into `bytes`, and returns the number of bytes; 0 at the end or for a broken socket.
    func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        max(0, recv(descriptor, bytes.baseAddress, bytes.count, Self.flags))
    }

    private static var flags: CInt {
        #if os(Linux)
            CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        #else
            // The event loop's descriptor has told the socket to raise no signal.
            MSG_DONTWAIT
        #endif
    }
}
