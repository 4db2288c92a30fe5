import Foundation
import NIOCore
import NIOPosix

/// Answers as a Redis of some version would, on a loopback port: INFO with the version, everything else with OK.
enum FakeRedis {
    static func run(version: String, body: (_ url: String) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(version: version))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body("redis://127.0.0.1:\(listener.localAddress?.port ?? 0)")
        } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let version: String
        private var received = ""

        init(version: String) { self.version = version }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            while let command = next() {
                let info = "redis_version:\(version)\r\n"
                let reply = command == "INFO" ? "$\(info.utf8.count)\r\n\(info)\r\n" : "+OK\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
            }
        }

        /// Takes a whole command from what was received, and gives its name.
        private func next() -> String? {
            let lines = received.components(separatedBy: "\r\n")
            guard let count = Int(lines[0].dropFirst()), lines.count > 1 + 2 * count else { return nil }
            received = lines[(1 + 2 * count)...].joined(separator: "\r\n")
            return lines[2].uppercased()
        }
    }
}
