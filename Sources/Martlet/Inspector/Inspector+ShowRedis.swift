internal import RedisClient

extension Inspector {
    /// The same inspector, which also shows each command that it sends as a line for a POSIX shell.
    ///
    /// A line is `redis-cli HGETALL …`, with the address of the server where that is not redis-cli's default. The
    /// password is never shown: redis-cli takes it from `REDISCLI_AUTH`.
    package func showingRedis(_ show: @escaping @Sendable (String) -> Void) -> Inspector {
        var inspector = self
        let way = Self.way(to: store.redis.configuration)
        inspector.tap = { command in
            show((["redis-cli"] + way + Self.words(command)).joined(separator: " "))
        }
        return inspector
    }

    /// The options with which redis-cli finds the server.
    private static func way(to server: RedisConfiguration) -> [String] {
        var words: [String] = []
        switch server.endpoint {
        case .unix(let path): words += ["-s", ShellWord.quoted(path)]
        case .tcp(let host, let port):
            if host != "127.0.0.1" && host != "localhost" { words += ["-h", ShellWord.quoted(host)] }
            if port != 6379 { words += ["-p", "\(port)"] }
        }
        if server.database != 0 { words += ["-n", "\(server.database)"] }
        if let user = server.username { words += ["--user", ShellWord.quoted(user)] }
        if server.tls != nil { words.append("--tls") }
        return words
    }

    /// The words of a command.
    ///
    /// Where a word has characters in it that a terminal could obey, all words that are not plain are written with
    /// redis-cli's own escapes, which it undoes on `--quoted-input`.
    private static func words(_ command: RedisCommand) -> [String] {
        let texts = command.arguments.map(\.text)
        guard texts.contains(where: { Printable.escaped($0) != $0 }) else {
            return [command.name] + texts.map { ShellWord.quoted($0) }
        }
        return ["--quoted-input", command.name] + texts.map { ShellWord.escaped($0) }
    }
}

/// Writers of a text as one word of a shell line.
package enum ShellWord {
    /// The text as it is where a shell takes it so, else in quotes.
    ///
    /// A text with characters that a terminal could obey is written as `$'…'` with escapes, which bash, zsh and POSIX
    /// shells from 2024 on know.
    package static func quoted(_ text: String) -> String {
        if isPlain(text) { return text }
        if Printable.escaped(text) == text { return "'\(text.replacing("'", with: "'\\''"))'" }
        return "$'\(bytes(of: text, escaping: [UInt8(ascii: "'"), UInt8(ascii: "\\")]))'"
    }

    /// The text as it is where it is plain, else with the escapes of redis-cli, in quotes for redis-cli and for any
    /// shell.
    static func escaped(_ text: String) -> String {
        if isPlain(text) { return text }
        let bytes = bytes(of: text, escaping: [UInt8(ascii: "\""), UInt8(ascii: "\\")])
        return "'\"\(bytes.replacing("'", with: "\\x27"))\"'"
    }

    /// Printable ASCII as it is, with a backslash before each byte of `escaped`, and all other bytes in hexadecimal.
    private static func bytes(of text: String, escaping escaped: [UInt8]) -> String {
        text.utf8.map { byte in
            switch byte {
            case _ where escaped.contains(byte): "\\\(Character(UnicodeScalar(byte)))"
            case 0x20..<0x7f: String(Character(UnicodeScalar(byte)))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-+:/@%=,".utf8.contains(byte)
        }
    }
}
