/// Who changes something by hand: the name that stands in the audit list and with what it left.
public struct Operator: Sendable, Hashable, CustomStringConvertible {
    /// For example `ada@web1`.
    public let name: String

    /// - Throws: ``JobError`` with the code `invalid` when the name is empty or longer than 128 bytes.
    public init(_ name: String) throws(JobError) {
        guard (1...128).contains(name.utf8.count) else {
            throw .invalid("operator", name, "use 1 to 128 bytes, for example ada@web1")
        }
        self.name = name
    }

    public var description: String { name }
}
