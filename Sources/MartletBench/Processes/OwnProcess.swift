internal import Foundation
internal import ProcessSupervision

/// A child process that runs a hidden command of this program.
///
/// It ends with this one: when its standard input closes.
final class OwnProcess: Sendable {
    private let process: SpawnedProcess
    private let lifeline = Pipe()

    init(_ arguments: [String]) throws {
        for end in [lifeline.fileHandleForReading, lifeline.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        process = try SpawnedProcess(
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
            arguments,
            input: lifeline.fileHandleForReading.fileDescriptor,
            output: STDERR_FILENO
        )
    }

    var pid: Int32 { process.pid }
    var hasEnded: Bool { process.ending != nil }

    /// Waits until it has ended by itself.
    func end() async -> ProcessEnding { await process.end() }

    /// Has it end, and waits for that.
    func stop() async throws {
        try lifeline.fileHandleForWriting.close()
        await process.end()
    }

    /// Has the process that runs this end when its standard input closes.
    static func endWithParent() {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            _exit(0)
        }
    }
}
