/// A password that can't be printed by accident: its description, its debug description and its mirror show `***`.
struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself. Only the handshake reads it.
    let revealed: String

    init(_ text: String) {
        revealed = text
    }

    var description: String { "***" }
    var debugDescription: String { "***" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
