/// The parts of a Redis URL, still undecoded.
///
/// A part is quoted in an error only if it stands behind the last `@`: whatever stands before may belong to a password
/// that was not percent-encoded.
struct RedisURL {
    let scheme: String
    private let userInfo: Substring?
    private let address: Substring
    private let path: Substring
    private let query: Substring?

    init(_ url: String) throws(RedisError) {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            throw Self.invalid(
                "url",
                nil,
                "it has no scheme; write redis://host:6379/0, rediss://host:6379/0 or unix:///path/to.sock"
            )
        }
        let scheme = url[..<colon].lowercased()
        guard ["redis", "rediss", "unix", "redis+unix"].contains(scheme) else {
            throw Self.invalid("scheme", url[..<colon], "use redis, rediss, unix or redis+unix")
        }
        self.scheme = scheme
        let rest = url[url.index(colon, offsetBy: 3)...]
        guard !rest.contains("#") else {
            throw Self.invalid("url", nil, "it has a '#'; in a password write it as %23")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        if let at = authority.lastIndex(of: "@") {
            userInfo = authority[..<at]
            address = authority[authority.index(after: at)...]
        } else {
            userInfo = nil
            address = authority
        }
        let tail = rest[authority.endIndex...]
        path = tail.prefix { $0 != "?" }
        query = path.endIndex < tail.endIndex ? tail[tail.index(after: path.endIndex)...] : nil
        if scheme.hasPrefix("redis"), !scheme.hasSuffix("unix"), tail.contains("@") {
            throw Self.invalid("url", nil, "it has an '@' behind a '/' or '?'; in a password write %2F, %3F and %40")
        }
    }

    func host() throws(RedisError) -> String {
        let host = address.hasPrefix("[") ? address.dropFirst().prefix { $0 != "]" } : address.prefix { $0 != ":" }
        guard !host.isEmpty else {
            throw Self.invalid("host", nil, "it is empty; write redis://host:6379/0")
        }
        let decoded = try Self.decode(host, field: "host")
        guard decoded.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Self.invalid("host", nil, "it has a space, a control character or a letter outside ASCII")
        }
        return decoded
    }

    func port() throws(RedisError) -> Int {
        let behind: Substring
        if address.hasPrefix("[") {
            guard let bracket = address.firstIndex(of: "]") else {
                throw Self.invalid("host", nil, "the ']' of the IPv6 address is missing")
            }
            behind = address[address.index(after: bracket)...]
        } else {
            behind = address.drop { $0 != ":" }
        }
        guard !behind.isEmpty, behind != ":" else { return 6379 }
        // A port that is no number may be a password: redis://user:password without a host.
        guard behind.hasPrefix(":"), let port = Int(behind.dropFirst()) else {
            throw Self.invalid("port", nil, "it is no number; write a number from 1 to 65535, as in redis://host:6379")
        }
        guard (1...65535).contains(port) else {
            throw Self.invalid("port", behind.dropFirst(), "write a number from 1 to 65535")
        }
        return port
    }

    func socketPath() throws(RedisError) -> String {
        guard address.isEmpty, path.count > 1 else {
            throw Self.invalid("path", nil, "write an absolute path behind three slashes: unix:///path/to.sock")
        }
        let decoded = try Self.decode(path, field: "path")
        guard decoded.utf8.count < 108, !decoded.utf8.contains(0) else {
            throw Self.invalid("path", path, "a unix socket's path has at most 107 bytes and no zero byte")
        }
        return decoded
    }

    func database(inPath: Bool) throws(RedisError) -> Int {
        var text = inPath ? path.dropFirst() : ""
        if let query, !query.isEmpty {
            guard query.hasPrefix("db="), text.isEmpty else {
                throw Self.invalid("query", query.prefix { $0 != "=" }, "only db is known, as in ?db=2, and only once")
            }
            text = query.dropFirst(3)
        } else if text.isEmpty {
            return 0
        }
        guard let database = Int(text), database >= 0 else {
            throw Self.invalid("database", text, "write a number from 0")
        }
        return database
    }

    /// True when the URL has a password.
    var hasPassword: Bool { userInfo.map { $0 != ":" && $0.contains(":") } ?? false }

    /// The user and the password, which is nil where a file has to give it.
    func credentials(passwordFile: String? = nil) throws(RedisError) -> (username: String?, password: Password?) {
        guard let userInfo, !userInfo.isEmpty, userInfo != ":" else { return (nil, nil) }
        guard let colon = userInfo.firstIndex(of: ":") else {
            guard passwordFile == nil else { return (try Self.decode(userInfo, field: "user"), nil) }
            // The value is not quoted: it is often a password whose ':' was forgotten.
            throw Self.invalid("password", nil, "it is missing; write user:password@host, or :password@host")
        }
        guard passwordFile == nil else {
            throw Self.invalid("password", nil, "a file gives one too; write user@host, or give no file")
        }
        let user = try Self.decode(userInfo[..<colon], field: "user")
        let password = try Self.decode(userInfo[userInfo.index(after: colon)...], field: "password")
        return (user.isEmpty ? nil : user, Password(password))
    }

    /// Percent-encodes the characters that cannot stand as they are in the user part of a URL.
    static func encode(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { encoded, byte in
            switch UInt8(byte) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }
    }

    private static func decode(_ text: Substring, field: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let high = hexDigit(digits.first), let low = hexDigit(digits.last) else {
                throw invalid(field, nil, "it has a '%' without two hexadecimal digits; write %25 for '%'")
            }
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw invalid(field, nil, "it is not UTF-8 once decoded")
        }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8?) -> UInt8? {
        byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
    }

    private static func invalid(_ field: String, _ value: Substring?, _ remedy: String) -> RedisError {
        let quoted = value.flatMap { $0.contains("@") ? nil : " '\($0)'" } ?? ""
        return RedisError(.configuration, "Redis URL: invalid \(field)\(quoted): \(remedy)")
    }
}
