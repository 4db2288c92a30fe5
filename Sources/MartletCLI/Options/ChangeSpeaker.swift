internal import Foundation
internal import Martlet
internal import Synchronization

/// Reports the progress while jobs are changed, and the jobs that were refused.
final class ChangeSpeaker: Sendable {
    private let isTerse: Bool
    private let start = ContinuousClock.now
    private struct State {
        var spoken = ContinuousClock.now
        var refusals = 0
    }
    private let state = Mutex(State())

    init(isTerse: Bool) {
        self.isTerse = isTerse
    }

    /// Reports the result for one job.
    ///
    /// When a filter chose many, it reports only the first refusals.
    func say(_ id: JobID, _ result: ChangeResult) {
        let isTold =
            !isTerse
            || state.withLock { state in
                if case .refused = result { state.refusals += 1 } else { return false }
                return state.refusals <= 10
            }
        guard isTold else { return }
        switch result {
        case .restarted: Terminal.print("\(id): waiting to run")
        case .cancelled: Terminal.print("\(id): cancelled")
        case .deleted: Terminal.print("\(id): deleted")
        case .requested(let worker):
            Terminal.print("\(id): running; worker \(Printable.escaped(worker, limit: 200)) was told to stop it")
        case .notFound: Terminal.say("there is no job \(id)")
        case .refused(let why): Terminal.say("\(why); nothing was changed")
        case .changed: Terminal.say("\(id): does not match any more; nothing was changed")
        }
    }

    /// Reports the progress: on a terminal in one line that is written over, elsewhere in a line every two seconds.
    func progress(_ report: ChangeReport) {
        guard isTerse, report.left > 0 else { return Terminal.tell(passing: "") }
        let line = "\(report.total - report.left) of \(report.total) (\(rate(report)))"
        if isatty(STDERR_FILENO) == 1 { return Terminal.tell(passing: line) }
        let isDue = state.withLock { state in
            guard ContinuousClock.now - state.spoken > .seconds(2) else { return false }
            state.spoken = .now
            return true
        }
        if isDue { Terminal.say(line) }
    }

    func conclude(_ change: JobChange, _ report: ChangeReport) {
        let verb = change == .cancel ? "cancelled" : "\(change.rawValue)\(change == .delete ? "d" : "ed")"
        var parts = ["\(verb) \(report.done) of \(report.total) job\(report.total == 1 ? "" : "s") (\(rate(report)))"]
        if report.failed > 0 { parts.append("\(report.failed) refused") }
        if report.missed > 0 { parts.append("\(report.missed) had changed meanwhile and were left alone") }
        if report.left > 0 { parts.append("interrupted, \(report.left) left: the same again goes on") }
        Terminal.print(parts.joined(separator: "; "))
    }

    private func rate(_ report: ChangeReport) -> String {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        return "\(Int(Double(report.total - report.left) / seconds))/s"
    }
}
