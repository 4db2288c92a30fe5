/// The reason why a text is no cron expression.
public struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field that is wrong: `second`, `minute`, `hour`, `day of month`, `month`, `day of week`, `interval` or
    /// `expression`.
    public let field: String
    /// The value that was given there.
    public let value: String
    /// The column at which the value begins, in characters, from 1.
    public let position: Int
    /// The value that would be right, or what to do, as a command: `use 0 to 59`.
    public let remedy: String

    /// One sentence with all of it, in which the value is escaped and cut to 80 characters.
    public var description: String {
        "cron \(field): \"\(Printable.escaped(value, limit: 80))\" at position \(position) is not acceptable; \(remedy)"
    }
}
