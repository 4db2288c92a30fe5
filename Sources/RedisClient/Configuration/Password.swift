#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A password that cannot be printed by accident: its description, its debug description and its mirror show `***`.
struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself.
    ///
    /// Only the handshake reads it.
    let revealed: String

    init(_ text: String) {
        revealed = text
    }

    /// The most bytes of a file that are read.
    static let maximumBytes = 4096

    /// Reads a file that holds a password and, as an editor leaves it, a newline.
    /// - Throws: ``RedisError`` with the code `.configuration`, which names the file and what is wrong with it.
    init(file path: String) throws(RedisError) {
        func wrong(_ what: String) -> RedisError {
            RedisError(.configuration, "Redis password file '\(path)': \(what)")
        }
        guard let file = fopen(path, "r") else {
            throw wrong("cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw wrong("cannot be read: \(String(cString: strerror(errno)))") }
        guard count <= Self.maximumBytes else { throw wrong("has more than \(Self.maximumBytes) bytes") }
        guard var text = String(validating: bytes.prefix(count), as: UTF8.self) else {
            throw wrong("is not UTF-8 text")
        }
        // A carriage return and the newline behind it are one character.
        if text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { throw wrong("is empty; write the password into it") }
        revealed = text
    }

    /// Three asterisks.
    var description: String { "***" }
    /// Three asterisks.
    var debugDescription: String { "***" }
    /// A mirror without children.
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
