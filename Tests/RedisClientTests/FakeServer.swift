import NIOCore
import NIOPosix
import RedisClient
import Synchronization

/// A TCP server on a loopback port that answers with canned bytes.
struct FakeServer {
    enum Answer {
        case bytes(String)
        case close(after: String)
        case silence
    }

    let url: String

    /// Runs `body` with a server that answers what it reads with `answer`, which gets the number of connections that
    /// came before this one.
    static func run(
        answer: @escaping @Sendable (_ connection: Int, _ bytes: String) -> Answer,
        body: (FakeServer) async throws -> Void
    ) async throws {
        let counter = ConnectionCounter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = Handler(connection: counter.next(), answer: answer)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(FakeServer(url: "redis://127.0.0.1:\(channel.localAddress?.port ?? 0)"))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }
}

private final class ConnectionCounter: Sendable {
    private let count = Atomic(0)

    func next() -> Int {
        count.add(1, ordering: .relaxed).oldValue
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let answer: @Sendable (Int, String) -> FakeServer.Answer

    init(connection: Int, answer: @escaping @Sendable (Int, String) -> FakeServer.Answer) {
        self.connection = connection
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        switch answer(connection, text) {
        case .bytes(let bytes):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes)), promise: nil)
        case .close(let bytes):
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes))).whenComplete { _ in
                channel.close(promise: nil)
            }
        case .silence:
            break
        }
    }
}
