internal import Foundation
internal import Synchronization

/// A child process that runs ``WorkerCommand``.
final class WorkerProcess: Sendable {
    let name: String
    let historyPath: String
    private let process = Process()
    private struct State {
        /// The harness has sent it a deadly signal, so its end is no wonder.
        var isExpected = false
        var hasEnded = false
        var isFrozen = false
    }
    private let state = Mutex(State())

    // One lifeline for all: its writing end is this process's alone, so that the workers end with it.
    private static let lifeline: Pipe = {
        let pipe = Pipe()
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        return pipe
    }()
    private static let starting = Mutex(())

    init(name: String, folder: String, arguments: [String], environment: [String: String]) throws {
        self.name = name
        historyPath = "\(folder)/\(name).jsonl"
        let errors = "\(folder)/\(name).stderr"
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["worker", "--history", historyPath] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = Self.lifeline.fileHandleForReading
        process.standardOutput = FileHandle.standardError
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.terminationHandler = { [weak self] _ in self?.ended() }
        try Self.starting.withLock { _ in
            // Children inherit the signal mask of the thread that starts them, and Dispatch's threads block everything.
            var none = sigset_t()
            var before = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, &before)
            defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
            try process.run()
        }
    }

    var hasEnded: Bool { state.withLock(\.hasEnded) }
    /// The harness has stopped it, and not yet had it go on.
    var isFrozen: Bool { state.withLock(\.isFrozen) }

    /// Why it ended, although nobody killed it, and not well; nil when all is well.
    func crash() throws -> String? {
        guard state.withLock({ $0.hasEnded && !$0.isExpected }) else { return nil }
        let status = process.terminationStatus
        if process.terminationReason == .exit { return status == 0 ? nil : "exit code \(status)" }
        // SIGTERM may come before the process listens for it: then it has claimed nothing yet either.
        if status == SIGTERM {
            let hasHistory = FileManager.default.fileExists(atPath: historyPath)
            let text = hasHistory ? try String(contentsOfFile: historyPath, encoding: .utf8) : ""
            if !text.contains("\"e\":\"claimed\"") { return nil }
        }
        return "signal \(status)"
    }

    /// Does nothing once it has ended.
    func signal(_ signal: Int32) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            if signal == SIGKILL { state.isExpected = true }
            if signal == SIGSTOP || signal == SIGCONT { state.isFrozen = signal == SIGSTOP }
            kill(process.processIdentifier, signal)
        }
    }

    /// What it is about to do to itself is no wonder either.
    func expectDeath() {
        state.withLock { $0.isExpected = true }
    }

    /// - Returns: whether it ended in time.
    func waitForEnd(_ limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while !hasEnded {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    private func ended() {
        state.withLock { $0.hasEnded = true }
    }
}
