internal import NIOCore

/// One connection through the proxy.
///
/// Confined to the event loop that both of its channels run on.
final class ProxyConnection {
    private let front: any Channel
    private let back: any Channel
    private let proxy: Proxy
    private var random: SeededRandom
    private var scanner = ReplyScanner()
    private let delay: TimeAmount?
    /// Bytes of requests that are still let through, where it is to be cut amid one.
    private var requestBytes: Int?
    private var isBlackHole = false

    init(_ front: any Channel, _ back: any Channel, proxy: Proxy, random: SeededRandom) {
        self.front = front
        self.back = back
        self.proxy = proxy
        self.random = random
        let manners = proxy.manners
        delay =
            self.random.hits(perMille: manners.delaysPerMille)
            ? .milliseconds(.random(in: 1...8, using: &self.random)) : nil
        requestBytes =
            self.random.hits(perMille: manners.cutsPerMille) ? .random(in: 0...30_000, using: &self.random) : nil
    }

    /// Begins to carry bytes.
    func join() throws {
        try front.pipeline.syncOperations.addHandler(
            ProxyEnd { [self] in
                request($0)
            } onClose: { [self] in
                end()
            }
        )
        try back.pipeline.syncOperations.addHandler(
            ProxyEnd { [self] in
                replies($0)
            } onClose: { [self] in
                end()
            }
        )
        back.setOption(.autoRead, value: true).whenComplete { [back] _ in back.read() }
    }

    private func request(_ bytes: ByteBuffer) {
        guard !isBlackHole else { return }
        guard let left = requestBytes else { return pass(bytes, to: back) }
        requestBytes = left - bytes.readableBytes
        guard left < bytes.readableBytes else { return pass(bytes, to: back) }
        proxy.count { $0.cuts += 1 }
        var bytes = bytes
        if let part = bytes.readSlice(length: left) { pass(part, to: back) }
        end()
    }

    private func replies(_ bytes: ByteBuffer) {
        guard !isBlackHole else { return }
        var bytes = bytes
        let manners = proxy.manners
        if manners.hidesNoScript, scanner.isAtStart, bytes.readableBytesView.starts(with: "-NOSCRIPT".utf8) {
            bytes.setString("-X", at: bytes.readerIndex)
        }
        let ends = scanner.ends(in: bytes.readableBytesView)
        proxy.count { $0.replies += ends.count }
        var start = bytes.readerIndex
        for end in ends {
            if random.hits(perMille: manners.dropsPerMille) {
                return drop(keeping: bytes.getSlice(at: bytes.readerIndex, length: start - bytes.readerIndex))
            }
            start = end
        }
        pass(bytes, to: front)
    }

    /// Swallows a reply.
    ///
    /// The ones behind it would be taken for it, so the connection is over: closed, or silent.
    private func drop(keeping before: ByteBuffer?) {
        if let before { pass(before, to: front) }
        let isSilent = random.hits(perMille: 60)
        proxy.count {
            $0.dropped += 1
            $0.blackHoles += isSilent ? 1 : 0
        }
        if isSilent {
            isBlackHole = true
        } else {
            end()
        }
    }

    private func pass(_ bytes: ByteBuffer, to channel: any Channel) {
        later { channel.writeAndFlush(bytes, promise: nil) }
    }

    private func end() {
        isBlackHole = true
        later { [front, back] in
            front.close(promise: nil)
            back.close(promise: nil)
        }
    }

    /// Everything waits equally long, so it keeps its order.
    private func later(_ body: @escaping @Sendable () -> Void) {
        guard let delay else { return body() }
        front.eventLoop.scheduleTask(in: delay, body)
    }
}

/// One end of a proxied connection.
private final class ProxyEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onBytes: (ByteBuffer) -> Void
    private let onClose: () -> Void

    init(onBytes: @escaping (ByteBuffer) -> Void, onClose: @escaping () -> Void) {
        self.onBytes = onBytes
        self.onClose = onClose
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        onBytes(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        onClose()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)  // a broken connection is what this program is for
    }
}
