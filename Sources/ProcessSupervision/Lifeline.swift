internal import Foundation

/// The pipe that ties supervised processes to their supervisor; they have it as standard input.
///
/// Only the supervisor holds its writing end, so the pipe ends when the supervisor does, even by SIGKILL.
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
    /// A thread waits for that, so that busy handlers cannot delay it.
    package static func hold() {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            kill(getpid(), SIGTERM)
        }
    }
}
