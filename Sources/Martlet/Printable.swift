/// Text from outside, made safe to show: stored as given, escaped where a person or a terminal sees it.
package enum Printable {
    /// Control characters (C0, DEL, C1), line and paragraph separators and the marks that turn text around become
    /// `\u{1b}`; so no text can move a cursor, set a title or forge a line. More than `limit` characters are cut,
    /// with an ellipsis.
    package static func escaped(_ text: String, limit: Int = .max, keepingNewlines: Bool = false) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { return result + "…" }
            count += 1
            if keepingNewlines && scalar == "\n" {
                result.unicodeScalars.append(scalar)
            } else if isHarmful(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00..<0x20, 0x7f..<0xa0, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff,
            0xfff9...0xfffb:
            true
        case 0xe0000...0xe007f: true
        default: false
        }
    }
}
