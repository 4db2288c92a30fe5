/// The source of a line of a command.
package enum CommandStream: Sendable, Equatable {
    /// Standard output.
    case output
    /// Standard error.
    case error
    /// Neither of them: a line of the runner's own about the command.
    case runner
}
