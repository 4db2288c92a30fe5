internal import CLauncher
internal import Foundation
internal import Synchronization

/// A program that this process started and waits for.
///
/// It starts as ``ProcessLaunch`` describes: Ctrl-C in a terminal, and the closing of the terminal, reach it only
/// through the process that started it. A thread waits for its end, so that nothing is left to be reaped.
///
/// It does not use Foundation's `Process`: on Linux that kept files and pipes open for as long as it had run, and at
/// each start it reads past the list of open descriptors once there are some 1,350.
package final class SpawnedProcess: Sendable {
    private struct State {
        var ending: ProcessEnding?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package let pid: Int32
    private let state = Mutex(State())

    /// Starts the program.
    ///
    /// `program` is the path of the file. `environment` is nil for this process's own. `folder` is the folder where it
    /// starts, nil for this process's own. `input` is the descriptor that becomes its standard input, nil for one with
    /// nothing to read; the caller closes it, and the other two.
    ///
    /// - Throws: `POSIXError` when the program cannot be started.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: Int32? = nil,
        output: Int32 = STDOUT_FILENO,
        errors: Int32 = STDERR_FILENO
    ) throws {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        let (stage, child) = ProcessLaunch(
            program,
            arguments: [program] + arguments,
            environment: environment.map { ProcessEnvironment($0) } ?? .inherited(),
            directory: folder,
            input: input ?? null,
            output: output,
            errors: errors
        ).start()
        guard stage == LAUNCHER_STARTED else { throw POSIXError(POSIXErrorCode(rawValue: child.error) ?? .EINVAL) }
        close(child.process_descriptor)
        pid = child.process
        Thread.detachNewThread { self.wait() }
    }

    /// The end of the program; nil while it runs.
    package var ending: ProcessEnding? { state.withLock(\.ending) }

    /// Sends a signal; does nothing once the program has ended, since its id may then be another's.
    package func signal(_ signal: Int32) {
        state.withLock { state in
            if state.ending == nil { kill(pid, signal) }
        }
    }

    /// Waits for the end of the program.
    @discardableResult
    package func end() async -> ProcessEnding {
        while true {
            if let ending { return ending }
            await withCheckedContinuation { continuation in
                let hasEnded = state.withLock { state in
                    if state.ending == nil { state.waiters.append(continuation) }
                    return state.ending != nil
                }
                if hasEnded { continuation.resume() }
            }
        }
    }

    private func wait() {
        var info = siginfo_t()
        // This leaves the id taken until nobody can signal it any more.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let waiters = state.withLock { state in
            guard let ending = ProcessEnding.collect(pid) else {
                preconditionFailure("process \(pid) was collected by somebody else")
            }
            state.ending = ending
            defer { state.waiters = [] }
            return state.waiters
        }
        waiters.forEach { $0.resume() }
    }
}
