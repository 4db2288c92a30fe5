internal import Martlet

extension ProcessDeath {
    /// Nil for one that ended well.
    init?(_ ending: ProcessEnding) {
        switch ending {
        case .exit(code: 0): return nil
        case .exit(let code): self = .exit(code: code)
        case .signal(let signal): self = .signal(SignalName.of(signal) ?? "signal-\(signal)")
        }
    }
}
