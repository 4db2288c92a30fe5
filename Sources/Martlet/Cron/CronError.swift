/// Why a text is no cron expression.
public struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field that is wrong: `second`, `minute`, `hour`, `day of month`, `month`, `day of week`, or `expression`.
    public let field: String
    /// What was given there.
    public let value: String
    /// The column at which the value begins, in characters, from 1.
    public let position: Int
    /// What would be right.
    public let remedy: String

    /// One sentence with all of it; the value escaped, at most 80 characters of it.
    public var description: String {
        "cron \(field): \"\(Printable.escaped(value, limit: 80))\" at position \(position) is not acceptable; \(remedy)"
    }
}
