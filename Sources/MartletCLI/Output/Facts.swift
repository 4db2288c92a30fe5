internal import Martlet

/// Lines of a name and a value each, with the values below each other.
enum Facts {
    /// Prints one line; nothing when there is no value.
    ///
    /// Newlines stay only with `keepingNewlines`, and are escaped otherwise.
    static func print(_ name: String, _ value: String?, keepingNewlines: Bool = false) {
        guard let value, !value.isEmpty else { return }
        let label = DisplayWidth.padded(name + ":", to: 14)
        let text = Printable.escaped(value, limit: 4096, keepingNewlines: keepingNewlines)
        Terminal.print(label + text.replacing("\n", with: "\n" + String(repeating: " ", count: 14)))
    }
}
