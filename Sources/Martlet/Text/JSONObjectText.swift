/// A JSON object that is written field by field, as the scripts and files take it.
///
/// The fields stand in the order in which they were appended.
package struct JSONObjectText: Sendable, Hashable {
    /// The fields, with commas between them and no braces around them.
    private var fields = ""

    package init() {}

    /// Makes an object with the fields of an object that is JSON already; of an empty text it has none.
    ///
    /// A text that is no object does not become one, and the scripts refuse it.
    package init(fieldsOf text: some StringProtocol) {
        fields = text.hasPrefix("{") && text.hasSuffix("}") ? String(text.dropFirst().dropLast()) : String(text)
    }

    package var isEmpty: Bool { fields.isEmpty }

    /// The object as one line.
    package var text: String { "{\(fields)}" }

    /// The object as one line, or an empty text where it has no field.
    package var textOrNothing: String { fields.isEmpty ? "" : text }

    package mutating func append(_ name: String, _ text: String) {
        append(name, json: JSONText.quoted(text))
    }

    package mutating func append(_ name: String, _ number: some BinaryInteger) {
        append(name, json: "\(number)")
    }

    package mutating func append(_ name: String, _ isSo: Bool) {
        append(name, json: isSo ? "true" : "false")
    }

    package mutating func append(_ name: String, _ texts: [String]) {
        append(name, json: "[\(texts.map { JSONText.quoted($0) }.joined(separator: ","))]")
    }

    package mutating func append(_ name: String, _ objects: [JSONObjectText]) {
        append(name, json: "[\(objects.map(\.text).joined(separator: ","))]")
    }

    /// Appends a field whose value is JSON already.
    ///
    /// The name is one of Martlet's own and needs no escape.
    package mutating func append(_ name: String, json: String) {
        if !fields.isEmpty { fields += "," }
        fields += "\""
        fields += name
        fields += "\":"
        fields += json
    }

    /// Appends the fields of another object.
    package mutating func append(_ other: JSONObjectText) {
        if !fields.isEmpty, !other.fields.isEmpty { fields += "," }
        fields += other.fields
    }
}
