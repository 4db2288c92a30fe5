internal import NIOCore
internal import Synchronization

/// A buffer in which callers on any thread leave their commands for the event loop.
///
/// To wake the thread of the event loop, and to be woken by it, costs a lone caller more than all the rest of a call.
/// While nothing is in flight on the connection, a caller therefore writes its commands to the socket itself, once some
/// calls before it were alone, too. After some more, the event loop leaves the reading of replies to the callers
/// (``LoneCalls``).
///
/// The event loop learns of a command that a caller wrote when it next looks: at a reply, at a deadline, or when it is
/// asked to. From then on the command is its own, with the reading of the replies.
final class SharedCommandBuffer: Sendable {
    /// The next step of a caller that has appended its commands.
    enum Next {
        /// Nothing: the event loop knows of them, or will in time.
        case nothing
        /// The caller asks the event loop to take them.
        case flush
    }

    private let state: Mutex<CallerTraffic>
    private let loneWait: LoneWait

    /// Makes a buffer; a caller reads no reply of more than `maximumReplyBytes`.
    init(maximumReplyBytes: Int, loneWait: LoneWait = .ofProcess) {
        self.loneWait = loneWait
        state = Mutex(CallerTraffic(maximumReplyBytes: maximumReplyBytes))
    }

    /// Appends in one step, so that the commands that `fill` appends stay together, and writes them for a lone caller.
    ///
    /// `mayWrite` is false on the event loop. `willAwait` is true for a caller that calls ``awaitReply()`` before it
    /// suspends; no other writes.
    func append(mayWrite: Bool, willAwait: Bool, _ fill: (inout CommandBuffer) -> Void) -> Next {
        state.withLock { $0.append(mayWrite: mayWrite, willAwait: willAwait, fill) }
    }

    /// Takes all commands: those that a caller has written, which came first, and those that are still to be written.
    func take() -> (ahead: WrittenAhead, buffer: CommandBuffer) {
        state.withLock { $0.take() }
    }

    /// Waits on this thread for the reply to a command that a caller wrote, where the event loop has left that to the
    /// callers; otherwise it returns at once.
    ///
    /// - Returns: What the caller has to do: no reply that it can make sense of may have come in time.
    func awaitReply() -> Next {
        guard let (socket, number) = state.withLock({ $0.beginWait() }) else { return .nothing }
        guard let (wait, isWorthIt) = loneWait.forReply(on: socket) else {
            return state.withLock { $0.declineWait() }
        }
        let outcome = state.withLock { $0.endWait(number, wait, isWorthIt: isWorthIt) }
        if let (request, reply) = outcome.answered { request.complete(.success(reply)) }
        return outcome.next
    }

    // MARK: For the event loop

    /// Lets callers use the socket of a new connection once ``noteIdle()`` was called.
    func open(_ socket: CallerSocket) {
        state.withLock { $0.socket = socket }
    }

    /// Lets callers use the socket no more, and returns what the last one wrote.
    func close() -> WrittenAhead {
        state.withLock { $0.close() }
    }

    /// Takes the commands that a caller has written.
    func takeAhead() -> WrittenAhead {
        state.withLock { $0.takeAhead() }
    }

    /// Notes that nothing is in flight, so that the next caller may write.
    func noteIdle() {
        state.withLock { $0.isIdle = true }
    }

    /// True when it is worth it to leave the reading of replies to the callers.
    var wantsReaders: Bool { state.withLock { $0.wantsReaders } }

    /// Leaves the reading of replies to the callers, from the next command on; the event loop must not read any more.
    ///
    /// - Returns: False when a caller has already written one, whose reply the event loop has to read.
    func leaveReading() -> Bool {
        state.withLock { $0.leaveReading() }
    }

    /// Notes the moment at which the event loop looks at the deadlines; the distant future for never.
    func noteLook(at deadline: NIODeadline) {
        state.withLock { $0.looksAt = deadline }
    }
}

/// Commands that a caller has written to the socket.
struct WrittenAhead: Sendable {
    var requests: [Request] = []
    /// The bytes that the socket did not take.
    var rest = ByteBuffer()
    /// The bytes of the reply that the caller has read and could make no sense of.
    var reply = ByteBuffer()
    /// True when caller and event loop may each have read a part of the last bytes before the end of the stream.
    var isTorn = false

    var isEmpty: Bool { requests.isEmpty }
}
