internal import Glibc
internal import ProcessSupervision

/// The reason why a command did not end with exit code 0.
///
/// The description is a sentence for the job's error.
package enum CommandFailure: Error, Equatable {
    /// The command ended by itself with this code, which is not 0, and with these last words on standard error, if any.
    case exitCode(Int32, lastWords: String? = nil)
    /// This signal killed it.
    case signal(Int32)
    /// The Swift task was cancelled: the command and its whole group were stopped, or it was never started.
    case cancelled
    /// The program could not be started: its name as configured, the error number, and the real cause where the number
    /// alone would mislead.
    case program(String, Int32, hint: String? = nil)
    /// The command may not run as this user: the name as configured, and the error number, which is 0 when there is no
    /// such user.
    case user(String, Int32)
    /// The system refused one of the command's limits.
    case limits(Int32)
    /// A variable whose value is in a file could not be read: the variable, the file and the reason.
    case secret(String, file: String, String)
    /// The working directory could not be entered.
    case directory(String, Int32)
    /// The system refused something that any command needs, such as a process or a pipe: its name, and the error
    /// number.
    case system(String, Int32)
}

extension CommandFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exitCode(let code, let lastWords): "exit code \(code)" + (lastWords.map { ": \($0)" } ?? "")
        case .signal(let signal): "killed by \(Self.name(of: signal))"
        case .cancelled: "cancelled, and the command with it"
        case .program(let name, let error, let hint):
            "cannot start `\(name)`: \(hint ?? Self.text(of: error))"
        case .user(let name, 0): "cannot run as user \(name): there is no such user"
        case .user(let name, EPERM): "cannot run as user \(name): only a worker that runs as root may change the user"
        case .user(let name, let error): "cannot run as user \(name): \(Self.text(of: error))"
        case .limits(let error): "cannot set the command's limits: \(Self.text(of: error))"
        case .secret(let name, let file, let reason): "variable \(name) from file \(file): \(reason)"
        case .directory(let path, let error): "working directory \(path): \(Self.text(of: error))"
        case .system(let what, let error): "cannot start a command: \(what): \(Self.text(of: error))"
        }
    }

    private static func text(of error: Int32) -> String {
        String(cString: strerror(error))
    }

    private static func name(of signal: Int32) -> String {
        SignalName.of(signal) ?? "signal \(signal)"
    }
}
