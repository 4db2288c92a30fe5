internal import Foundation
internal import MartletWorker
internal import Synchronization
internal import ProcessSupervision

/// A child process that runs ``WorkerCommand``.
final class WorkerProcess: Sendable {
    let name: String
    let historyPath: String
    private let process: SpawnedProcess
    private struct State {
        /// The harness has sent it a deadly signal, so its end is no wonder.
        var isExpected = false
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

    init(name: String, folder: String, arguments: [String], environment: [String: String]) throws {
        self.name = name
        historyPath = "\(folder)/\(name).jsonl"
        let errors = "\(folder)/\(name).stderr"
        guard FileManager.default.createFile(atPath: errors, contents: nil),
            let said = FileHandle(forWritingAtPath: errors)
        else { throw ChaosError("\(errors) can't be written") }
        process = try SpawnedProcess(
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
            ["worker", "--history", historyPath] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            input: Self.lifeline.fileHandleForReading.fileDescriptor,
            output: STDERR_FILENO,
            errors: said.fileDescriptor
        )
        try said.close()
    }

    var hasEnded: Bool { process.ending != nil }
    /// The harness has stopped it, and not yet had it go on.
    var isFrozen: Bool { state.withLock(\.isFrozen) }

    /// Why it ended, although nobody killed it, and not well; nil when all is well.
    func crash() throws -> String? {
        guard let ending = process.ending, !state.withLock(\.isExpected) else { return nil }
        guard case .signal(let signal) = ending else {
            return ending == .exit(code: 0) ? nil : "\(ending)"
        }
        // SIGTERM may come before the process listens for it: then it has claimed nothing yet either.
        if signal == SIGTERM {
            let hasHistory = FileManager.default.fileExists(atPath: historyPath)
            let text = hasHistory ? try String(contentsOfFile: historyPath, encoding: .utf8) : ""
            if !text.contains("\"e\":\"claimed\"") { return nil }
        }
        return "signal \(signal)"
    }

    /// Does nothing once it has ended.
    func signal(_ signal: Int32) {
        state.withLock { state in
            guard process.ending == nil else { return }
            if signal == SIGKILL { state.isExpected = true }
            if signal == SIGSTOP || signal == SIGCONT { state.isFrozen = signal == SIGSTOP }
            process.signal(signal)
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
}
