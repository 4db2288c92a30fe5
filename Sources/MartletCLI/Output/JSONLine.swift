internal import Foundation
internal import Martlet

extension JSONValue {
    /// The value as one line of JSON, keys sorted.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Formats an object as one line, keys sorted.
    ///
    /// `stored` are fields whose values are texts from Redis that should be JSON. Such a text stays as it is written,
    /// so that no number loses a digit. A text that is no JSON becomes a string.
    static func line(_ fields: [String: JSONValue], stored: [String: String?] = [:]) -> String {
        var texts = fields.mapValues(\.text)
        for case (let name, let text?) in stored { texts[name] = unchanged(text) ?? JSONValue.string(text).text }
        let members = texts.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\($0.value)" }
        return "{\(members.joined(separator: ","))}"
    }

    /// Puts JSON on one line; nil when the text is no JSON.
    ///
    /// A newline outside of texts stands between values, where a blank means the same.
    private static func unchanged(_ json: String) -> String? {
        guard JSONSyntax.isValue(json) else { return nil }
        return String(String.UnicodeScalarView(json.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
