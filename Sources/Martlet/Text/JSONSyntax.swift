/// The grammar of JSON as RFC 8259 has it, without what some readers take beside it.
///
/// Text that passes is one value, and the same value to every program that reads it. Two things that the grammar allows
/// are refused too, since readers differ in them: half of a surrogate pair, and a number beyond what a double holds.
/// Names that come twice in an object are taken.
package enum JSONSyntax {
    /// The deepest nesting of arrays and objects; Swift's own decoder goes no deeper.
    package static let deepest = 512

    /// The reason why the text is not one JSON value, and the place; nil when it is one.
    package static func fault(in text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = JSONScanner(bytes: bytes)
            do throws(JSONScanner.Fault) {
                try scanner.scan()
                return nil
            } catch {
                return "\(error.reason) at \(place(of: error.offset, in: bytes))"
            }
        }
    }

    /// Tells whether the text is one JSON value.
    package static func isValue(_ text: String) -> Bool { fault(in: text) == nil }

    /// The place in words, `position 6` or `line 3, position 6`: both count from 1, and a position is a character.
    private static func place(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // All bytes of a character but its first are 10xxxxxx in binary.
        let position = before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1
        guard lineStart > 0 else { return "position \(position)" }
        return "line \(before.count { $0 == UInt8(ascii: "\n") } + 1), position \(position)"
    }
}
