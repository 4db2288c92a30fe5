internal import CLauncher
internal import Foundation

/// The meaning of SIGHUP to this process.
package enum Hangup: Sendable {
    /// It came ignored, as `nohup` has it, and stays so.
    case nothing
    /// The terminal that this process was started in has closed: stop.
    case stop
    /// There is no terminal, so somebody sent it: read the configuration anew.
    case reload

    /// Decided once, when it is first asked for: to be asked for before the signal is handled or the terminal is gone.
    package static let meaning: Hangup = {
        if launcher_ignores(SIGHUP) != 0 { return .nothing }
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return .reload }
        close(terminal)
        return .stop
    }()
}
