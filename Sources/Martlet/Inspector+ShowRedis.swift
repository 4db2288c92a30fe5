internal import RedisClient

extension Inspector {
    /// The same inspector, which also tells each command that it sends as a line for a shell: `redis-cli HGETALL …`.
    package func showingRedis(_ show: @escaping @Sendable (String) -> Void) -> Inspector {
        var inspector = self
        inspector.tap = { command in
            let words = command.arguments.map { ShellWord.quoted($0.text) }
            show((["redis-cli", command.name] + words).joined(separator: " "))
        }
        return inspector
    }
}

/// Text as one word of a shell line.
package enum ShellWord {
    /// As it is where a shell takes it so, else in quotes; in `$'…'` with escapes where there is something in it that a
    /// terminal could obey.
    package static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(isPlain) { return text }
        if Printable.escaped(text) == text { return "'\(text.replacing("'", with: "'\\''"))'" }
        let bytes = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\\(Character(UnicodeScalar(byte)))"
            case 0x20..<0x7f: String(Character(UnicodeScalar(byte)))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return "$'\(bytes.joined())'"
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
