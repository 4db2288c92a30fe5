internal import CLauncher
internal import Foundation
package import UnixSignals

/// The meaning of SIGHUP to this process.
package enum Hangup: Sendable {
    /// The signal was ignored when this process started, as `nohup` does it, and stays so.
    case nothing
    /// The terminal that this process was started in has closed, so the process stops.
    case stop
    /// There is no terminal, so somebody sent the signal: the configuration is read again.
    case reload

    /// The meaning, decided when it is first asked for; ask before the signal is handled or the terminal is gone.
    package static let meaning: Hangup = {
        if launcher_ignores(SIGHUP) != 0 { return .nothing }
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return .reload }
        close(terminal)
        return .stop
    }()

    /// The signals that a process handles which runs until it is told to stop: SIGTERM, SIGINT, and SIGHUP unless it is
    /// to stay ignored.
    package var signals: [UnixSignal] {
        [.sigterm, .sigint] + (self == .nothing ? [] : [.sighup])
    }
}
