internal import Martlet

extension ProcessDeath {
    /// Makes a death of an ending; nil for a process that ended with exit code 0.
    init?(_ ending: ProcessEnding) {
        switch ending {
        case .exit(code: 0): return nil
        case .exit(let code): self = .exit(code: code)
        case .signal(let signal): self = .signal(SignalName.of(signal) ?? "signal-\(signal)")
        }
    }
}
