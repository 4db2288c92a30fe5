internal import NIOCore

/// A command as it goes over the wire.
///
/// It has a name by construction, so it is never empty.
package struct RedisCommand: Sendable {
    /// The command's first word, for example `SET`.
    package let name: String
    /// The words that follow the name.
    package let arguments: [RedisArgument]

    /// Makes a command; a subcommand is the first argument: `RedisCommand("CLIENT", ["SETNAME", "worker"])`.
    package init(_ name: String, _ arguments: [RedisArgument] = []) {
        self.name = name
        self.arguments = arguments
    }
}

/// An argument of a command, which may be any bytes.
package struct RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    private enum Storage: Hashable {
        case string(String)
        case bytes([UInt8])
    }

    private let storage: Storage

    /// Text, as UTF-8.
    package init(_ string: String) {
        storage = .string(string)
    }

    /// Bytes as they are.
    package init(_ bytes: [UInt8]) {
        storage = .bytes(bytes)
    }

    /// A number in decimal.
    package init(_ number: Int) {
        storage = .string(String(number))
    }

    /// A number in decimal.
    package init(_ number: Int64) {
        storage = .string(String(number))
    }

    /// Text, as UTF-8.
    package init(stringLiteral value: String) {
        self.init(value)
    }

    /// A number in decimal.
    package init(integerLiteral value: Int64) {
        self.init(value)
    }

    /// The argument as text; invalid UTF-8 is repaired.
    package var text: String {
        switch storage {
        case .string(let string): string
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    fileprivate func write(to buffer: inout ByteBuffer) {
        switch storage {
        case .string(let string): buffer.writeBulk(string)
        case .bytes(let bytes):
            buffer.writeHeader(bytes.count)
            buffer.writeBytes(bytes)
        }
    }
}

extension RedisCommand {
    /// Appends the command as an array of bulk strings, the only form of request in RESP.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count + 1)")
        buffer.writeBulk(name)
        for argument in arguments {
            argument.write(to: &buffer)
        }
        buffer.writeStaticString("\r\n")
    }

    /// The header of a bulk string, which begins with the end of the line before it.
    private static func makeHeader(_ count: Int) -> String { "\r\n$\(count)\r\n" }

    /// The headers of short bulk strings, which nearly all arguments are: to write one is a single step.
    private static let shortHeaders = (0..<256).map(makeHeader)

    fileprivate static func header(_ count: Int) -> String {
        count < shortHeaders.count ? shortHeaders[count] : makeHeader(count)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeHeader(_ count: Int) {
        writeString(RedisCommand.header(count))
    }

    fileprivate mutating func writeBulk(_ string: String) {
        writeHeader(string.utf8.count)
        writeString(string)
    }
}
