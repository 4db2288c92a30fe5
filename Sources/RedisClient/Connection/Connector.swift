#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens channels to the server, each with a ``Connection`` at its end.
final class Connector {
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private var sslContext: NIOSSLContext?

    init(_ configuration: RedisConfiguration, eventLoop: any EventLoop) {
        self.configuration = configuration
        self.eventLoop = eventLoop
    }

    /// The address to connect to now; it is asked for before every attempt, so that Sentinel or Cluster can answer
    /// here.
    private func currentEndpoint() -> RedisConfiguration.Endpoint {
        configuration.endpoint
    }

    /// Resolves and connects; the TLS handshake still goes on when the channel is there.
    func open() throws -> EventLoopFuture<any Channel> {
        switch currentEndpoint() {
        case .unix(let path):
            return bootstrap(tls: nil).connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            var bootstrap = bootstrap(tls: try tlsHandler(host: host))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
            for (name, value) in Self.keepAlive {
                let option = ChannelOptions.Types.SocketOption(level: .tcp, name: name)
                bootstrap = bootstrap.channelOption(option, value: value)
            }
            return bootstrap.connect(host: host, port: port)
        }
    }

    // A host that vanished silently is noticed after 15 s + 3 * 5 s of silence, or 20 s after data that it never
    // acknowledged, and not after the kernel's two hours.
    private static var keepAlive: [(NIOBSDSocket.Option, SocketOptionValue)] {
        #if os(Linux)
            [
                (.init(rawValue: TCP_KEEPIDLE), 15), (.init(rawValue: TCP_KEEPINTVL), 5),
                (.init(rawValue: TCP_KEEPCNT), 3), (.init(rawValue: TCP_USER_TIMEOUT), 20_000),
            ]
        #else
            [
                (.init(rawValue: TCP_KEEPALIVE), 15), (.init(rawValue: TCP_KEEPINTVL), 5),
                (.init(rawValue: TCP_KEEPCNT), 3),
            ]
        #endif
    }

    private func bootstrap(tls: (@Sendable () throws -> NIOSSLClientHandler)?) -> ClientBootstrap {
        ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(clamped: configuration.connectDeadline))
            .channelInitializer { [configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(tls())
                    }
                    try channel.pipeline.syncOperations.addHandler(Connection(configuration, isPlain: tls == nil))
                }
            }
    }

    private func tlsHandler(host: String) throws -> (@Sendable () throws -> NIOSSLClientHandler)? {
        guard let tls = configuration.tls else { return nil }
        let context = try sslContext ?? Self.makeContext(tls)
        sslContext = context
        let name = tls.serverName ?? host
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        // Server name indication knows no addresses; the certificate is then checked against the peer's address.
        return { try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name) }
    }

    private static func makeContext(_ tls: RedisConfiguration.TLS) throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.certificateVerification = tls.verifiesCertificate ? .fullVerification : .none
        if let file = tls.trustRootsFile {
            settings.trustRoots = .file(file)
        }
        if let file = tls.certificateFile {
            try use("certificate", file) {
                settings.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
            }
            // A file may hold both, the key after the certificates.
            let keyFile = tls.keyFile ?? file
            try use("key", keyFile) {
                settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
            }
        }
        return try use("trust roots", tls.trustRootsFile ?? "of the system") {
            try NIOSSLContext(configuration: settings)
        }
    }

    private static func use<Result>(
        _ what: String,
        _ file: String,
        _ body: () throws -> Result
    ) throws(RedisError) -> Result {
        do {
            return try body()
        } catch {
            throw RedisError(
                .configuration,
                "TLS: cannot use the \(what) '\(file)': \(error); name a readable PEM file"
            )
        }
    }
}

extension TimeAmount {
    /// Makes an amount of at most a year, far from where adding it to a deadline could overflow.
    init(clamped duration: Duration) {
        self.init(min(max(duration, .zero), .seconds(365 * 86_400)))
    }
}
