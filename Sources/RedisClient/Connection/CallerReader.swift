internal import NIOCore
internal import Synchronization

/// The reading of a reply by the caller that waits for it.
final class CallerReader: Sendable {
    enum Answer {
        case reply(RedisValue)
        /// Anything but one whole reply that is no error: the event loop makes sense of these bytes.
        case bytes(ByteBuffer)
        /// The stream ended meanwhile, and nobody knows whether the event loop has read the bytes before these.
        case torn
    }

    private let parser: Mutex<ReplyParser>
    private let maximumReplyBytes: Int

    /// The most bytes that a caller reads; the rest of a longer reply is read by the event loop.
    private static let mostBytes = 4096

    init(maximumReplyBytes: Int) {
        self.maximumReplyBytes = maximumReplyBytes
        parser = Mutex(ReplyParser(maximumReplyBytes: maximumReplyBytes))
    }

    /// Reads what there is.
    func read(from socket: CallerSocket) -> Answer {
        parser.withLock { parser in
            withUnsafeTemporaryAllocation(byteCount: Self.mostBytes, alignment: 1) { space in
                let bytes = UnsafeRawBufferPointer(rebasing: space[..<socket.read(into: space)])
                // The event loop reads for itself from the end of the stream on.
                if case .ending = socket.wait(milliseconds: 0) { return .torn }
                do throws(RedisError) {
                    try parser.feed(bytes)
                    if let reply = try parser.next(), reply.isOrdinary, parser.isDrained { return .reply(reply) }
                } catch {
                    // The event loop meets the same fault in these bytes, and ends the connection with it.
                }
                parser = ReplyParser(maximumReplyBytes: maximumReplyBytes)
                return .bytes(ByteBuffer(bytes: bytes))
            }
        }
    }
}

extension RedisValue {
    fileprivate var isOrdinary: Bool {
        if case .error = self { false } else { true }
    }
}
