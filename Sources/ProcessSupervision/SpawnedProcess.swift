internal import CLauncher
internal import Foundation
internal import Synchronization

/// A program that this process started and waits for.
///
/// See ``ProcessLaunch`` for what it starts with: Ctrl-C in a terminal, and its closing, reach it only through whoever
/// started it. A thread waits for its end, so that nothing is left to be reaped.
///
/// Not Foundation's `Process`: on Linux it kept files and pipes open for as long as it had run, and at each start it
/// reads past the list of open descriptors once there are some 1,350.
package final class SpawnedProcess: Sendable {
    private struct State {
        var ending: ProcessEnding?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package let pid: Int32
    private let state = Mutex(State())

    /// Starts it.
    ///
    /// `program` is the path of the file. `environment` is nil for this process's own. `folder` is where it starts; nil
    /// for where this process is. `input` is the descriptor that becomes its standard input, like the other two to be
    /// closed by the caller; nil for one with nothing to read.
    ///
    /// - Throws: `POSIXError` when it can't be started.
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

    /// Its end; nil while it runs.
    package var ending: ProcessEnding? { state.withLock(\.ending) }

    /// Does nothing once it has ended: its id may be another's by then.
    package func signal(_ signal: Int32) {
        state.withLock { state in
            if state.ending == nil { kill(pid, signal) }
        }
    }

    /// Waits for its end.
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
        // Leaves its id taken until nobody can signal it any more.
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
