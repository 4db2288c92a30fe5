internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between the processes of a run and Redis, and mistreats their connections.
final class Proxy: Sendable {
    struct Manners: Sendable {
        /// Replies of a thousand that never arrive.
        var dropsPerMille = 0
        /// Connections of a thousand that are cut amid a request.
        var cutsPerMille = 0
        /// Connections of a thousand on which everything takes longer.
        var delaysPerMille = 0
        /// Spoils the error by which a client learns that a script is unknown.
        var hidesNoScript = false
    }
    /// What it has done.
    struct Figures: Sendable {
        var connections = 0
        var replies = 0
        var dropped = 0
        var blackHoles = 0
        var cuts = 0
    }

    private struct State {
        var manners: Manners
        var random: SeededRandom
        var figures = Figures()
    }
    private let state: Mutex<State>
    private let server: any Channel

    var url: String { "redis://127.0.0.1:\(server.localAddress?.port ?? 0)" }
    var figures: Figures { state.withLock(\.figures) }

    /// Listens on a free port of 127.0.0.1.
    static func start(to socketPath: String, seed: UInt64, manners: Manners) async throws -> Proxy {
        let holder = Mutex<Proxy?>(nil)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { front in
                ClientBootstrap(group: front.eventLoop)
                    .channelOption(.autoRead, value: false)
                    .connect(unixDomainSocketPath: socketPath)
                    .flatMapThrowing { back in
                        guard let proxy = holder.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
                        try ProxyConnection(front, back, proxy: proxy, random: proxy.nextRandom()).join()
                    }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let proxy = Proxy(server, seed: seed, manners: manners)
        holder.withLock { $0 = proxy }
        return proxy
    }

    private init(_ server: any Channel, seed: UInt64, manners: Manners) {
        self.server = server
        state = Mutex(State(manners: manners, random: SeededRandom(seed: seed, part: "proxy")))
    }

    /// From now on everything passes as it is.
    func calmDown() {
        state.withLock { $0.manners = Manners(hidesNoScript: $0.manners.hidesNoScript) }
    }

    func stop() async throws {
        try await server.close()
    }

    var manners: Manners { state.withLock(\.manners) }

    func count(_ change: (inout Figures) -> Void) {
        state.withLock { change(&$0.figures) }
    }

    private func nextRandom() -> SeededRandom {
        state.withLock { state in
            state.figures.connections += 1
            return SeededRandom(seed: state.random.next())
        }
    }
}
