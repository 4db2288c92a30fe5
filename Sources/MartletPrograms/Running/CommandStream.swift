/// The source of a line of a command.
package enum CommandStream: Sendable, Equatable {
    /// Standard output.
    case output
    /// Standard error.
    case error
    /// The runner, for a line of its own about the command.
    case runner
}
