internal import Foundation
internal import Martlet

extension ProcessDeath {
    /// Nil for one that ended well.
    init?(_ ending: SpawnedProcess.Ending) {
        switch ending {
        case .exit(code: 0): return nil
        case .exit(let code): self = .exit(code: code)
        case .signal(let signal): self = .signal(Self.names[signal] ?? "signal-\(signal)")
        }
    }

    private static let names = [
        SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGHUP: "SIGHUP", SIGILL: "SIGILL",
        SIGINT: "SIGINT", SIGKILL: "SIGKILL", SIGPIPE: "SIGPIPE", SIGQUIT: "SIGQUIT", SIGSEGV: "SIGSEGV",
        SIGSYS: "SIGSYS", SIGTERM: "SIGTERM", SIGTRAP: "SIGTRAP", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
    ]
}
