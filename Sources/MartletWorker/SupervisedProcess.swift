internal import Foundation
internal import Martlet
internal import Synchronization

/// A worker process that a ``Supervisor`` started: the program that runs, once more.
final class SupervisedProcess: Sendable {
    private struct State {
        var hasEnded = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let process = Process()
    private let state = Mutex(State())

    // Resolved once: a program that is replaced while it runs would have another name afterwards.
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    private static let starting = Mutex(())

    init(_ arguments: [String], lifeline: Lifeline) throws {
        process.executableURL = Self.program
        process.arguments = arguments
        process.standardInput = lifeline.end
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

    /// Does nothing once it has ended.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if !state.hasEnded { kill(process.processIdentifier, signal) }
        }
    }

    /// Waits for its end. To be called once.
    /// - Returns: how it died; nil when it ended well.
    func end() async -> ProcessDeath? {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiter = continuation }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
        let status = process.terminationStatus
        if process.terminationReason == .uncaughtSignal { return .signal(Self.name(status)) }
        return status == 0 ? nil : .exit(code: status)
    }

    private func ended() {
        let waiter = state.withLock { state in
            state.hasEnded = true
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private static func name(_ signal: Int32) -> String {
        let names = [
            SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGHUP: "SIGHUP", SIGILL: "SIGILL",
            SIGINT: "SIGINT", SIGKILL: "SIGKILL", SIGPIPE: "SIGPIPE", SIGQUIT: "SIGQUIT", SIGSEGV: "SIGSEGV",
            SIGSYS: "SIGSYS", SIGTERM: "SIGTERM", SIGTRAP: "SIGTRAP", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
        ]
        return names[signal] ?? "signal-\(signal)"
    }
}
