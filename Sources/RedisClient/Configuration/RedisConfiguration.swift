/// Where a Redis server is and how to talk to it.
///
/// Made from a URL, then adjusted: `var redis = try RedisConfiguration(url: url); redis.commandDeadline = .seconds(2)`.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    /// The address of a server.
    public enum Endpoint: Hashable, Sendable {
        /// A host, by name or address, and a port from 1 to 65535.
        case tcp(host: String, port: Int)
        /// The absolute path of a unix socket.
        case unix(path: String)
    }

    /// How a TLS connection is secured, with TLS 1.2 at least.
    ///
    /// The defaults verify the server's certificate against the system's roots, and show no certificate of one's own.
    public struct TLS: Hashable, Sendable {
        /// Whether the server's certificate must be valid for its name.
        ///
        /// Turn this off only for an experiment.
        public var verifiesCertificate = true
        /// A PEM file with the certificates to trust in place of the system's, for a private authority.
        public var trustRootsFile: String?
        /// A PEM file with the certificate to show to the server, and those between it and its authority behind it, for
        /// a server that asks for one.
        public var certificateFile: String?
        /// A PEM file with the key of ``certificateFile``; nil when that file holds it too.
        public var keyFile: String?
        /// The name the certificate must be for, when it is not the host of the URL.
        public var serverName: String?

        /// The defaults.
        public init() {}
    }

    /// The address to connect to.
    public var endpoint: Endpoint
    /// The number of the database, from 0.
    public var database = 0
    /// The ACL user, or nil for the default user.
    public var username: String?
    /// The TLS settings, or nil for a connection in the clear.
    ///
    /// Set by a `rediss://` URL.
    public var tls: TLS?
    /// The name the connection has in `CLIENT LIST`.
    ///
    /// Without spaces.
    public var clientName: String?
    /// How long a command may take from the call to the reply, waiting for a connection included.
    public var commandDeadline = Duration.seconds(5)
    /// How long resolving, connecting and the handshake may take together.
    public var connectDeadline = Duration.seconds(5)
    /// The size a single reply may have on the wire.
    ///
    /// A larger one ends the connection.
    public var maximumReplyBytes = 64 << 20

    var password: Password?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// The URL without its password: `redis://user:***@host:6379/0`.
    public var description: String {
        let user = username.map(RedisURL.encode) ?? ""
        let credentials = password == nil ? "" : "\(user):***@"
        switch endpoint {
        case .tcp(let host, let port):
            let shown = host.contains(":") ? "[\(host)]" : host
            return "\(tls == nil ? "redis" : "rediss")://\(credentials)\(shown):\(port)/\(database)"
        case .unix(let path):
            return "unix://\(credentials)\(path)" + (database == 0 ? "" : "?db=\(database)")
        }
    }
}
