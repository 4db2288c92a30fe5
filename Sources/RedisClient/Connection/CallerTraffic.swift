internal import NIOCore

/// The state of a ``SharedCommandBuffer``: what is to be written, and what callers write and read themselves.
struct CallerTraffic: ~Copyable {
    /// The outcome of a wait: the reply that came, and what the caller has to do.
    struct Outcome {
        var answered: (request: Request, reply: RedisValue)?
        var next = SharedCommandBuffer.Next.nothing
    }

    /// The socket of the open connection; nil while callers may not use it.
    var socket: CallerSocket?
    /// True when no command is in flight on the open connection, or held for it.
    var isIdle = false
    /// The moment at which the event loop next looks at the deadlines.
    var looksAt = NIODeadline.distantFuture

    /// The commands that the event loop has to write.
    private var buffer = CommandBuffer()
    private var isFlushDue = false
    /// The commands that a caller has written since the event loop last looked.
    private var ahead = WrittenAhead()
    /// The number of times that a caller has written.
    private var number = 0
    /// True while the event loop does not read, and so a caller has to.
    private var isReadByCallers = false
    private var calls = LoneCalls()
    private let reader: CallerReader

    init(maximumReplyBytes: Int) {
        reader = CallerReader(maximumReplyBytes: maximumReplyBytes)
    }

    mutating func append(
        mayWrite: Bool,
        willAwait: Bool,
        _ fill: (inout CommandBuffer) -> Void
    ) -> SharedCommandBuffer.Next {
        let isAlone = mayWrite && isIdle && buffer.isEmpty
        fill(&buffer)
        if !isAlone {
            calls.cameWithOthers()
        } else if willAwait {
            calls.cameAlone()
        }
        let mayBeRead = !isReadByCallers || buffer.requests.count == 1
        guard isAlone, willAwait, calls.haveBegun, mayBeRead, !buffer.isCancelled, let socket else {
            return askForFlush()
        }
        isIdle = false
        number += 1
        let commands = buffer.takeAll()
        var rest = commands.bytes
        rest.moveReaderIndex(forwardBy: rest.withUnsafeReadableBytes { socket.write($0) })
        ahead = WrittenAhead(requests: commands.requests, rest: rest)
        // Nobody else writes what the socket did not take, or looks at a deadline before the event loop does.
        let isKnown = rest.readableBytes == 0 && looksAt <= commands.earliestDeadline
        return isKnown ? .nothing : askForFlush()
    }

    private mutating func askForFlush() -> SharedCommandBuffer.Next {
        defer { isFlushDue = true }
        return isFlushDue ? .nothing : .flush
    }

    mutating func take() -> (ahead: WrittenAhead, buffer: CommandBuffer) {
        isFlushDue = false
        isReadByCallers = false
        isIdle = isIdle && buffer.isEmpty
        return (takeAhead(), buffer.takeAll())
    }

    mutating func takeAhead() -> WrittenAhead {
        guard !ahead.isEmpty else { return ahead }
        isReadByCallers = false
        defer { ahead = WrittenAhead() }
        return ahead
    }

    mutating func close() -> WrittenAhead {
        socket = nil
        isIdle = false
        isReadByCallers = false
        return takeAhead()
    }

    // MARK: Reading by callers

    var wantsReaders: Bool { isIdle && calls.areLikely }

    mutating func leaveReading() -> Bool {
        isReadByCallers = isIdle && buffer.isEmpty && !isFlushDue && socket != nil
        return isReadByCallers
    }

    /// The socket with a command whose reply nobody else reads; nil when there is none.
    mutating func beginWait() -> (CallerSocket, number: Int)? {
        guard isReadByCallers, !isFlushDue, !ahead.isEmpty, let socket else { return nil }
        return (socket, number)
    }

    /// Leaves the reply to the event loop, because another caller of this process waits already.
    mutating func declineWait() -> SharedCommandBuffer.Next {
        calls.cameWithOthers()
        return askForFlush()
    }

    mutating func endWait(_ number: Int, _ wait: CallerSocket.Wait, isWorthIt: Bool) -> Outcome {
        // The event loop may have taken the command over.
        guard number == self.number, isReadByCallers, let socket, let request = ahead.requests.first else {
            return Outcome()
        }
        calls.waited(isWorthIt: isWorthIt)
        guard case .readable = wait else { return Outcome(next: askForFlush()) }
        switch reader.read(from: socket) {
        case .reply(let reply):
            ahead = WrittenAhead()
            isIdle = true
            // After too long a wait the event loop reads again.
            return Outcome(answered: (request, reply), next: calls.areLikely ? .nothing : askForFlush())
        case .bytes(let bytes):
            ahead.reply = bytes
        case .torn:
            ahead.isTorn = true
        }
        return Outcome(next: askForFlush())
    }
}
