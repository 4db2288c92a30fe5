extension RedisConfiguration {
    /// Reads a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, or
    /// `unix:///path/to.sock[?db=2]` (also `redis+unix://`). User, password and path are percent-decoded.
    ///
    /// - Throws: ``RedisError`` with code `.configuration`, which names the field, the value and a remedy, and shows
    ///   nothing of what may be a password.
    public init(url: String) throws(RedisError) {
        let parts = try RedisURL(url)
        switch parts.scheme {
        case "redis", "rediss":
            self.init(endpoint: .tcp(host: try parts.host(), port: try parts.port()))
            tls = parts.scheme == "rediss" ? TLS() : nil
            database = try parts.database(inPath: true)
        default:
            self.init(endpoint: .unix(path: try parts.socketPath()))
            database = try parts.database(inPath: false)
        }
        (username, password) = try parts.credentials()
    }
}
