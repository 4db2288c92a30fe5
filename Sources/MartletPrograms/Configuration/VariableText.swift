/// A writer of texts in which `${NAME}` stands for a variable of the environment that the file is read in, and `$$` for
/// a dollar.
///
/// Any other dollar stands for itself.
struct VariableText {
    /// The reason why a text cannot be expanded.
    enum Mistake: Error, Equatable {
        /// There is no such variable.
        case unset(String)
        /// The value of the variable is not UTF-8 text; a wrong byte would become another one in the text.
        case noText(String)
        /// The text has `${` without an end, or without a name that a variable can have.
        case malformed(String)
    }

    /// The bytes of a variable's value; nil where there is none.
    let value: @Sendable (String) -> [UInt8]?

    func expand(_ text: String) throws(Mistake) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var expanded = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            expanded += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                expanded += "$"
                rest.removeFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw .malformed("$" + rest) }
                let name = String(rest[..<end].dropFirst())
                guard Self.isName(name) else { throw .malformed("${\(name)}") }
                guard let value = value(name) else { throw .unset(name) }
                guard let text = String(validating: value, as: UTF8.self) else { throw .noText(name) }
                expanded += text
                rest = rest[rest.index(after: end)...]
            } else {
                expanded += "$"
            }
        }
        return expanded + rest
    }

    private static func isName(_ text: String) -> Bool {
        let isStart = text.first.map { $0 == "_" || ($0.isASCII && $0.isLetter) } ?? false
        return isStart && text.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    }
}
