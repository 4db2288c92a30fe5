internal import Foundation

/// Ties supervised processes to their supervisor: the pipe that they have as standard input.
///
/// Only the supervisor holds its writing end, so it ends when the supervisor does, SIGKILL included.
package struct Lifeline: Sendable {
    private let pipe: Pipe

    init() {
        pipe = Pipe()
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// The standard input of a supervised process.
    var end: FileHandle { pipe.fileHandleForReading }

    /// Stops the supervised process that calls it, as SIGTERM does, when its supervisor is gone.
    ///
    /// A thread waits for that, so that busy handlers can't hold it up.
    package static func hold() {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            kill(getpid(), SIGTERM)
        }
    }
}
