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
    private let isPlain: Bool
    private let parser: ReplyParser
    private var inFlight: Deque<Request> = []
    private var context: ChannelHandlerContext?
    private var ending: RedisError?
    /// The commands that callers write themselves; nil while they may not.
    private var shared: SharedCommandBuffer?
    /// False while callers read the replies to what they write.
    private var isReading = true

    /// Makes the end of a channel; `isPlain` is true when the socket carries the commands as they are, without TLS.
    init(_ configuration: RedisConfiguration, isPlain: Bool) {
        address = configuration.description
        self.isPlain = isPlain
        parser = ReplyParser(maximumReplyBytes: configuration.maximumReplyBytes)
    }

    /// Writes all commands at once.
    func send(_ buffer: CommandBuffer) {
        guard let context, ending == nil else {
            let error = ending ?? lost("it is not open")
            buffer.requests.forEach { $0.complete(.failure(RedisError(error.code, error.message))) }
            return
        }
        readAgain()
        inFlight.append(contentsOf: buffer.requests)
        context.writeAndFlush(wrapOutboundOut(buffer.bytes), promise: nil)
    }

    /// Lets callers write to the socket, and read from it, while nothing is in flight, unless it carries TLS.
    func open(to shared: SharedCommandBuffer) {
        guard isPlain, let context, ending == nil else { return }
        do {
            let operations = context.pipeline.syncOperations
            let own = try operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
                CallerSocket(duplicating: socket)
            }
            guard let own = own ?? nil else { return }
            shared.open(own)
            self.shared = shared
        } catch {
            // The channel is closed already, and the end of this connection is about to say so.
        }
    }

    /// Takes over commands that a caller has written, and writes what the socket did not take.
    ///
    /// ``readReply(_:)`` comes after it, once all commands are in flight that were taken in the same step: a reply that
    /// leaves nothing in flight lets the next caller write.
    func adopt(_ ahead: WrittenAhead) {
        readAgain()
        guard !ahead.isEmpty else { return }
        inFlight.append(contentsOf: ahead.requests)
        if ahead.isTorn { return end(lost("the server closed it")) }
        if ahead.rest.readableBytes > 0 {
            context?.writeAndFlush(wrapOutboundOut(ahead.rest), promise: nil)
        }
    }

    /// Reads the bytes that a caller has read from the socket and could make no sense of.
    func readReply(_ ahead: WrittenAhead) {
        if ahead.reply.readableBytes > 0 { receive(ahead.reply) }
    }

    private func adoptAhead() {
        guard let ahead = shared?.takeAhead(), !ahead.isEmpty else { return }
        adopt(ahead)
        readReply(ahead)
    }

    /// Leaves the reading of replies to callers, whose calls are lone ones.
    private func leaveReading() {
        guard let shared, isReading, parser.isDrained, setsReading(false) else { return }
        isReading = false
        if !shared.leaveReading() { readAgain() }
    }

    private func readAgain() {
        guard !isReading else { return }
        isReading = true
        _ = setsReading(true)
    }

    private func setsReading(_ reads: Bool) -> Bool {
        do {
            guard let options = context?.channel.syncOptions else { return false }
            try options.setOption(.autoRead, value: reads)
            return true
        } catch {
            // The channel is closed, and this connection is about to end.
            return false
        }
    }

    /// Finds the deadline to wake up for next, or the distant future when nothing is in flight.
    func earliestDeadline() -> NIODeadline {
        adoptAhead()
        return inFlight.reduce(.distantFuture) { min($0, $1.deadline) }
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
        adoptAhead()
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
        let failed = inFlight + (shared?.close().requests ?? [])
        shared = nil
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
        // Before the end of the stream, what is left is read whoever should read it.
        if !isReading { adoptAhead() }
        receive(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if inFlight.isEmpty, !isRetiring, ending == nil, let shared, shared.wantsReaders { leaveReading() }
    }

    private func receive(_ bytes: ByteBuffer) {
        guard ending == nil else { return }
        do throws(RedisError) {
            let parser = parser
            try bytes.withUnsafeReadableBytes { (bytes) throws(RedisError) in try parser.feed(bytes) }
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
        if inFlight.isEmpty { adoptAhead() }
        guard let request = inFlight.popFirst() else {
            if case .error(let text) = reply {
                end(RedisError(reply: text))
            } else {
                end(RedisError(.protocolViolation, "\(address): a reply without a command"))
            }
            return
        }
        let result: Result<RedisValue, RedisError>
        if case .error(let text) = reply {
            let error = RedisError(reply: text)
            isRetiring = isRetiring || error.pointsElsewhere
            result = .failure(error)
        } else {
            result = .success(reply)
        }
        // The caller may have its next command ready before this function returns.
        if inFlight.isEmpty, !isRetiring { shared?.noteIdle() }
        request.complete(result)
        if isRetiring, inFlight.isEmpty {
            end(lost("it leads to a server that is not, or no longer, the right one"))
        }
    }
}
