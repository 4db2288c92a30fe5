internal import Martlet

/// A line of `doctor`: what is as it should be, or is not, and then what to do.
struct Diagnosis: Sendable {
    enum Word: String, Sendable {
        case ok, warning, wrong
    }

    let word: Word
    /// What was looked at: `memory`, `workers`.
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

    /// For people.
    var line: String {
        let name = word.rawValue
        let padding = String(repeating: " ", count: 8 - name.count)
        return "\(name)\(padding) \(Printable.escaped(text + (remedy.map { "; \($0)" } ?? "")))"
    }

    /// For programs.
    var json: String {
        JSONValue.object([
            "is": .string(word.rawValue), "subject": .string(subject), "text": .string(text),
            "remedy": remedy.map { .string($0) } ?? .null,
        ]).text
    }
}
