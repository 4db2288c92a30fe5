internal import Glibc

/// Why a command did not end with exit code 0. The description is a sentence for the job's error.
package enum CommandFailure: Error, Equatable {
    /// It ended by itself with this code, which is not 0; and what it said last on standard error, where that is known.
    case exitCode(Int32, lastWords: String? = nil)
    /// This signal killed it.
    case signal(Int32)
    /// The Swift task was cancelled: the command and its whole group were stopped, or it was never started.
    case cancelled
    /// The program could not be started: the name as configured, and the error number.
    case program(String, Int32)
    /// The working directory could not be entered.
    case directory(String, Int32)
    /// The system refused something that any command needs (a process, a pipe): what, and the error number.
    case system(String, Int32)
}

extension CommandFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exitCode(let code, let lastWords): "exit code \(code)" + (lastWords.map { ": \($0)" } ?? "")
        case .signal(let signal): "killed by \(Self.name(of: signal))"
        case .cancelled: "cancelled, and the command with it"
        case .program(let name, let error): "cannot start `\(name)`: \(Self.text(of: error))"
        case .directory(let path, let error): "working directory \(path): \(Self.text(of: error))"
        case .system(let what, let error): "cannot start a command: \(what): \(Self.text(of: error))"
        }
    }

    private static func text(of error: Int32) -> String {
        String(cString: strerror(error))
    }

    private static func name(of signal: Int32) -> String {
        signalNames[signal] ?? "signal \(signal)"
    }

    private static let signalNames: [Int32: String] = [
        SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
        SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
        SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
        SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
    ]
}
