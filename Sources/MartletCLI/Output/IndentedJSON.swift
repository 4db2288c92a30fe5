internal import Martlet

/// JSON over several lines, indented, with every value as it is written.
///
/// No number loses a digit, no field changes its place, and of two fields with one name both are there.
struct IndentedJSON {
    let text: String

    /// Indents a text; nil when it is no JSON.
    init?(_ json: String) {
        guard JSONSyntax.isValue(json) else { return nil }
        var writer = Writer()
        for scalar in json.unicodeScalars {
            writer.take(scalar)
            // The output ends here, since deeply nested JSON would be mostly blanks.
            guard writer.text.utf8.count < 64 << 10 else { break }
        }
        text = writer.text
    }

    private struct Writer {
        var text = ""
        private var depth = 0
        private var isInString = false
        private var isEscaped = false
        /// True right after an opening bracket.
        private var isOpen = false

        mutating func take(_ scalar: Unicode.Scalar) {
            if isInString {
                text.unicodeScalars.append(scalar)
                if !isEscaped && scalar == "\"" { isInString = false }
                isEscaped = !isEscaped && scalar == "\\"
                return
            }
            switch scalar {
            case " ", "\t", "\n", "\r": return
            case "}", "]":
                depth -= 1
                if !isOpen { breakLine() }
                isOpen = false
                text.unicodeScalars.append(scalar)
                return
            default: break
            }
            if isOpen { breakLine() }
            isOpen = false
            text.unicodeScalars.append(scalar)
            switch scalar {
            case "{", "[":
                depth += 1
                isOpen = true
            case ",": breakLine()
            case ":": text += " "
            case "\"": isInString = true
            default: break
            }
        }

        private mutating func breakLine() {
            text += "\n" + String(repeating: "  ", count: max(0, depth))
        }
    }
}
