extension RedisConfiguration {
    /// Reads a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, or
    /// `unix:///path/to.sock[?db=2]` (also `redis+unix://`).
    ///
    /// User, password and path are percent-decoded.
    ///
    /// - Parameters:
    ///   - url: The URL.
    ///   - passwordFile: A file whose text, without the newline at its end, is the password: at most 4 KiB of UTF-8.
    ///     The URL then has no password: `redis://user@host`, or `redis://host` for the default user.
    /// - Throws: ``RedisError`` with the code `.configuration`, which names the field, the value and a remedy, and
    ///   shows nothing of what may be a password.
    public init(url: String, passwordFile: String? = nil) throws(RedisError) {
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
        (username, password) = try parts.credentials(passwordFile: passwordFile)
        if let passwordFile { password = try Password(file: passwordFile) }
    }

    /// Tells whether the URL has a password.
    ///
    /// A text that is no URL counts as one that has: it may be a mistyped one.
    package static func hasPassword(_ url: String) -> Bool {
        do throws(RedisError) {
            return try RedisURL(url).hasPassword
        } catch {
            return true
        }
    }

    /// Reads what the caller gives, and from the environment what is missing.
    ///
    /// The URL is `MARTLET_REDIS_URL`, else `redis://127.0.0.1:6379`; the password file is
    /// `MARTLET_REDIS_PASSWORD_FILE`, where the URL has no password.
    ///
    /// - Throws: ``RedisError`` as ``init(url:passwordFile:)`` does.
    package init(
        url: String?,
        passwordFile: String? = nil,
        environment: [String: String]
    ) throws(RedisError) {
        let url = url ?? environment["MARTLET_REDIS_URL"] ?? "redis://127.0.0.1:6379"
        let fallback = try RedisURL(url).hasPassword ? nil : environment["MARTLET_REDIS_PASSWORD_FILE"]
        try self.init(url: url, passwordFile: passwordFile ?? fallback)
    }
}
