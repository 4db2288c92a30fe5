/// The address of a Redis server, and the settings of the connection.
///
/// It is made from a URL and then adjusted: `var redis = try RedisConfiguration(url: url); redis.commandDeadline =
/// .seconds(2)`.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    /// The address of a server.
    public enum Endpoint: Hashable, Sendable {
        /// A host, by name or address, and a port from 1 to 65535.
        case tcp(host: String, port: Int)
        /// The absolute path of a unix socket.
        case unix(path: String)
    }

    /// The settings of a TLS connection, which is TLS 1.2 at least.
    ///
    /// The defaults verify the server's certificate against the system's roots, and show no certificate of this side.
    public struct TLS: Hashable, Sendable {
        /// True when the server's certificate must be valid for its name.
        ///
        /// Turn this off only for an experiment.
        public var verifiesCertificate = true
        /// A PEM file with the certificates to trust in place of the system's, for a private authority.
        public var trustRootsFile: String?
        /// A PEM file with the certificate that is shown to a server that asks for one, followed by those between it
        /// and its authority.
        public var certificateFile: String?
        /// A PEM file with the key of ``certificateFile``; nil when that file holds it too.
        public var keyFile: String?
        /// The name that the server's certificate must be for; nil for the host of the URL.
        public var serverName: String?

        /// Makes the default settings.
        public init() {}
    }

    /// The address to connect to.
    public var endpoint: Endpoint
    /// The number of the database, from 0.
    public var database = 0
    /// The ACL user, or nil for the default user.
    public var username: String?
    /// The TLS settings, or nil for a connection without encryption.
    ///
    /// A `rediss://` URL sets them.
    public var tls: TLS?
    /// The name of the connection in `CLIENT LIST`, without spaces.
    public var clientName: String?
    /// The time that a command may take from the call to the reply, with the wait for a connection; the default is 5
    /// seconds.
    public var commandDeadline = Duration.seconds(5)
    /// The time that resolving, connecting and the handshake may take together; the default is 5 seconds.
    public var connectDeadline = Duration.seconds(5)
    /// The most bytes of a single reply on the wire; the default is 64 MiB.
    ///
    /// A larger reply ends the connection.
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
