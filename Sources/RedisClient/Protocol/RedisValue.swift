/// A reply of Redis in the shapes of RESP2.
package enum RedisValue: Sendable, Hashable {
    /// A missing bulk string or a missing array; Lua's `false` arrives as this.
    case null
    /// A number.
    case integer(Int64)
    /// A status such as `OK`.
    case simple(String)
    /// A string of bytes, as keys and fields hold it.
    case bulk([UInt8])
    /// Values in their order; a hash is names and values in turn.
    case array([RedisValue])
    /// The full text of an error, such as `WRONGTYPE Operation against a key…`.
    ///
    /// It is only ever an element of an array: an error that is the whole reply is thrown as ``RedisError``.
    case error(String)
}

extension RedisValue {
    /// The text of a bulk string, status or integer, or nil for any other shape.
    ///
    /// Invalid UTF-8 is repaired with U+FFFD.
    package var string: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        case .null, .array, .error: nil
        }
    }

    /// The bytes of a bulk string or status, or nil for any other shape.
    package var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .simple(let text): Array(text.utf8)
        case .null, .integer, .array, .error: nil
        }
    }

    /// The number of an integer, or of a bulk string or status that spells one in decimal; else nil.
    package var int: Int? {
        switch self {
        case .integer(let number): Int(exactly: number)
        case .bulk, .simple: string.flatMap { Int($0) }
        case .null, .array, .error: nil
        }
    }

    /// The elements of an array, or nil for any other shape.
    package var array: [RedisValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// True when this is a missing value.
    package var isNull: Bool {
        self == .null
    }
}
