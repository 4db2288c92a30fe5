/// Writers that make text from outside safe to show: it is stored as given, and escaped where a person or a terminal
/// sees it.
///
/// They escape control characters (C0, DEL, C1), line and paragraph separators, and the marks that are invisible or
/// turn text around, so that no text can move a cursor, set a title or forge a line.
package enum Printable {
    /// The text for people, in which harmful characters become `\u{1b}` and the like.
    ///
    /// Characters beyond `limit` are cut, with an ellipsis.
    package static func escaped(
        _ text: String,
        limit: Int = .max,
        keepingNewlines: Bool = false,
        keepingTabs: Bool = false
    ) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { return result + "…" }
            count += 1
            if keepingNewlines && scalar == "\n" || keepingTabs && scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else if isHarmful(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The line of JSON for programs, in which harmful characters are written in JSON's own way, `\u001b`, which means
    /// the same.
    ///
    /// An encoder leaves DEL, C1 and the marks that turn text around as they are, and a stored line may be anything.
    package static func escaped(json line: String) -> String {
        var result = ""
        for scalar in line.unicodeScalars {
            if isHarmful(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
