package import FoundationEssentials
package import RedisClient

/// Readers of numbers from hashes, lists and replies, which anybody may have written; no other place reads them.
///
/// Each number is kept within bounds that leave room for sums and differences, so that no arithmetic can overflow. A
/// whole number beyond them becomes the nearest one within; a text that is no whole number becomes nil.
package enum StoredNumber {
    /// The bound of tokens and sequences, up to which Lua's numbers are exact.
    package static let mostNumber: Int64 = 1 << 53
    /// The bound of attempts, lines and bytes: a million million, so that a million of them can be added up.
    package static let mostCount: Int64 = 1 << 40

    /// A whole number within 2^53 of zero.
    package static func number(_ text: String?) -> Int? {
        text.flatMap { whole($0.utf8) }.map { Int(min(max($0, -mostNumber), mostNumber)) }
    }

    /// A count from 0 to 2^40.
    package static func count(_ text: String?) -> Int? {
        text.flatMap { whole($0.utf8) }.map { Int(min(max($0, 0), mostCount)) }
    }

    /// An instant in milliseconds since 1970, up to the year 9999.
    package static func time(_ text: String?) -> Date? {
        text.flatMap { whole($0.utf8) }.map { Date(milliseconds: $0) }
    }

    /// A span in milliseconds, from zero to 100 years.
    package static func span(_ text: String?) -> Duration? {
        text.flatMap { whole($0.utf8) }.map { .milliseconds(min(max($0, 0), Duration.longest.milliseconds)) }
    }

    /// A sequence as the scripts read it (`lua/include/whole.lua`), hexadecimal and exponents included; 0 for none.
    static func sequence(_ text: String?) -> Int64 {
        let words = (text ?? "").split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let number = Double(words[0]), !number.isNaN else { return 0 }
        return Int64(min(max(number.rounded(.down), 0), 9e15))
    }

    /// The instant that the score of a sorted set stands for.
    package static func time(score text: String?) -> Date? {
        text.flatMap { Double($0) }.map { Date(milliseconds: Int64(clamping: $0)) }
    }

    /// The whole number that the bytes spell in decimal, kept within what an Int64 holds; nil where they spell none.
    static func whole(_ bytes: some Collection<UInt8>) -> Int64? {
        var digits = bytes[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tens, isBeyond) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            value = isBeyond || isOver ? .max : sum
        }
        return isNegative ? -value : value
    }
}

extension RedisValue {
    /// The whole number that this is or spells, kept within what an Int64 holds; nil when it is none.
    private var whole: Int64? {
        switch self {
        case .integer(let number): number
        case .bulk(let bytes): StoredNumber.whole(bytes)
        case .simple(let text): StoredNumber.whole(text.utf8)
        case .null, .array, .error: nil
        }
    }

    /// A whole number within 2^53 of zero.
    package var storedNumber: Int? {
        whole.map { Int(min(max($0, -StoredNumber.mostNumber), StoredNumber.mostNumber)) }
    }

    /// A count from 0 to 2^40.
    package var storedCount: Int? { whole.map { Int(min(max($0, 0), StoredNumber.mostCount)) } }

    /// An instant in milliseconds since 1970, up to the year 9999.
    package var storedTime: Date? { whole.map { Date(milliseconds: $0) } }

    /// A span in milliseconds, from zero to 100 years.
    package var storedSpan: Duration? {
        whole.map { .milliseconds(min(max($0, 0), Duration.longest.milliseconds)) }
    }
}

/// A hash as Redis holds it, which anybody may have written: its texts, and its numbers within bounds.
package struct StoredHash: Sendable, Hashable {
    private let texts: [String: String]

    package init(_ texts: [String: String]) {
        self.texts = texts
    }

    package var isEmpty: Bool { texts.isEmpty }

    /// The names of its fields, in no order.
    package var names: some Sequence<String> { texts.keys }

    /// A text; nil where it is missing or empty.
    package func text(_ field: String) -> String? {
        texts[field].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The words of a text, which blanks separate.
    package func words(_ field: String) -> [String] {
        (texts[field] ?? "").split(separator: " ").map(String.init)
    }

    package subscript(field: String) -> String? { texts[field] }
    package func number(_ field: String) -> Int? { StoredNumber.number(texts[field]) }
    package func count(_ field: String) -> Int? { StoredNumber.count(texts[field]) }
    package func time(_ field: String) -> Date? { StoredNumber.time(texts[field]) }
    package func span(_ field: String) -> Duration? { StoredNumber.span(texts[field]) }
}
