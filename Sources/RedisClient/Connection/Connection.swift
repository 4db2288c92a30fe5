internal import DequeModule
internal import NIOCore

/// A connected socket, which writes commands and gives each request its reply, in the order of the commands.
///
/// It is confined to its event loop. It ends once, for whatever reason, and is never used again; every request still in
/// flight then fails, and may have been applied.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Called once, before the requests in flight fail.
    var onEnd: ((RedisError) -> Void)?
    /// True when no more commands may be written, because another server is the right one; the connection then ends
    /// after the last reply.
    private(set) var isRetiring = false

    private let address: String
    private let parser: ReplyParser
    private var inFlight: Deque<Request> = []
    private var context: ChannelHandlerContext?
    private var ending: RedisError?

    init(_ configuration: RedisConfiguration) {
        address = configuration.description
        parser = ReplyParser(maximumReplyBytes: configuration.maximumReplyBytes)
    }

    /// Writes all commands at once.
    func send(_ buffer: CommandBuffer) {
        guard let context, ending == nil else {
            let error = ending ?? lost("it is not open")
            buffer.requests.forEach { $0.complete(.failure(RedisError(error.code, error.message))) }
            return
        }
        inFlight.append(contentsOf: buffer.requests)
        context.writeAndFlush(wrapOutboundOut(buffer.bytes), promise: nil)
    }

    /// The deadline to wake up for next, or the distant future when nothing is in flight.
    var earliestDeadline: NIODeadline {
        inFlight.reduce(.distantFuture) { min($0, $1.deadline) }
    }

    /// Ends the connection: after a reply that did not come in time, no later reply can be trusted to come.
    func missDeadline(now: NIODeadline) {
        let reason = lost("a command missed its deadline")
        end(reason) { request in
            guard request.deadline <= now else { return reason }
            return RedisError(.timeout, "no reply from \(self.address) in time", mayHaveBeenApplied: true)
        }
    }

    /// Ends the connection if the caller of a command in flight is gone, because a blocked command cannot be withdrawn
    /// otherwise.
    func endIfCancelled() {
        guard inFlight.contains(where: \.isCancelled) else { return }
        let reason = lost("the caller of a blocking command was cancelled")
        end(reason) { request in
            guard request.isCancelled else { return reason }
            return RedisError(.closed, "cancelled while waiting for \(self.address)", mayHaveBeenApplied: true)
        }
    }

    /// Closes the socket; the requests in flight fail with `reason`.
    func end(_ reason: RedisError) {
        end(reason) { _ in reason }
    }

    private func end(_ reason: RedisError, error: (Request) -> RedisError) {
        guard ending == nil else { return }
        ending = reason
        let failed = inFlight
        inFlight = []
        context?.close(promise: nil)
        onEnd?(reason)
        onEnd = nil
        failed.forEach { $0.complete(.failure(error($0))) }
    }

    private func lost(_ why: String) -> RedisError {
        RedisError(.connection, "lost the connection to \(address): \(why)", mayHaveBeenApplied: true)
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard ending == nil else { return }
        do throws(RedisError) {
            let parser = parser
            try unwrapInboundIn(data).withUnsafeReadableBytes { (bytes) throws(RedisError) in try parser.feed(bytes) }
            while ending == nil, let reply = try parser.next() {
                receive(reply)
            }
        } catch {
            // Only the first request in flight asked for this reply; the others lose their connection by it.
            let message = "\(address): \(error.message)"
            var isFirst = true
            end(RedisError(error.code, message, mayHaveBeenApplied: true)) { _ in
                defer { isFirst = false }
                return isFirst
                    ? RedisError(error.code, message, mayHaveBeenApplied: true)
                    : lost("another command's reply was refused (\(error.message))")
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(lost("the server closed it"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(lost(describe(ioError: error)))
    }

    private func receive(_ reply: RedisValue) {
        guard let request = inFlight.popFirst() else {
            if case .error(let text) = reply {
                end(RedisError(reply: text))
            } else {
                end(RedisError(.protocolViolation, "\(address): a reply without a command"))
            }
            return
        }
        if case .error(let text) = reply {
            let error = RedisError(reply: text)
            isRetiring = isRetiring || error.pointsElsewhere
            request.complete(.failure(error))
        } else {
            request.complete(.success(reply))
        }
        if isRetiring, inFlight.isEmpty {
            end(lost("it leads to a server that is not, or no longer, the right one"))
        }
    }
}
