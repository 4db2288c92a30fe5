/// A person or program that changes something by hand: the name stands in the audit list and with the change.
public struct Operator: Sendable, Hashable, CustomStringConvertible {
    /// The name, 1 to 128 bytes, for example `ada@web1`.
    public let name: String

    /// Makes an operator of this name.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the name is empty or longer than 128 bytes.
    public init(_ name: String) throws(JobError) {
        guard (1...128).contains(name.utf8.count) else {
            throw .invalid("operator", name, "use 1 to 128 bytes, for example ada@web1")
        }
        self.name = name
    }

    /// The ``name``.
    public var description: String { name }
}
