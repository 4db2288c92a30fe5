/// Which of the two streams of a command a line came from.
package enum CommandStream: Sendable, Equatable {
    /// Standard output.
    case output
    /// Standard error.
    case error
}
