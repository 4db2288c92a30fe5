internal import Martlet

/// A line of `doctor`: something that is in order, or something that is not, with the remedy.
struct Diagnosis: Sendable {
    enum Word: String, Sendable {
        case ok, warning, wrong
    }

    let word: Word
    /// The thing that was looked at: `memory`, `workers`.
    let subject: String
    let text: String
    let remedy: String?

    static func ok(_ subject: String, _ text: String) -> Diagnosis {
        Diagnosis(word: .ok, subject: subject, text: text, remedy: nil)
    }

    static func warning(_ subject: String, _ text: String, _ remedy: String?) -> Diagnosis {
        Diagnosis(word: .warning, subject: subject, text: text, remedy: remedy)
    }

    static func wrong(_ subject: String, _ text: String, _ remedy: String?) -> Diagnosis {
        Diagnosis(word: .wrong, subject: subject, text: text, remedy: remedy)
    }

    /// The line for people.
    var line: String {
        let name = word.rawValue
        let padding = String(repeating: " ", count: 8 - name.count)
        return "\(name)\(padding) \(Printable.escaped(text + (remedy.map { "; \($0)" } ?? "")))"
    }

    /// The line for programs: a JSON object.
    var json: String {
        JSONValue.object([
            "is": .string(word.rawValue), "subject": .string(subject), "text": .string(text),
            "remedy": remedy.map { .string($0) } ?? .null,
        ]).text
    }
}
