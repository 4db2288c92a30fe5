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

    /// Waits on this thread until there is something to read, for a millisecond at most.
    ///
    /// - Returns: False when nothing came in time.
    func waitToRead() -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 1) > 0
    }

    /// Reads what there is into `bytes`, and returns the number of bytes; 0 at the end or for a broken socket.
    func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        max(0, recv(descriptor, bytes.baseAddress, bytes.count, Self.flags))
    }

    /// True when the other side has closed the connection, or it is broken.
    ///
    /// The event loop may then read what is left.
    var isEnding: Bool {
        #if os(Linux)
            let closed: Int32 = 0x2000  // POLLRDHUP, which C shows to GNU sources only
        #else
            let closed = POLLHUP
        #endif
        var entry = pollfd(fd: descriptor, events: Int16(closed), revents: 0)
        return poll(&entry, 1, 0) != 0
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
