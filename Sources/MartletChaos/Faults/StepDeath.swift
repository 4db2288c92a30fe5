internal import Foundation
internal import Martlet
internal import MartletScripts
internal import Synchronization

/// Has this process die by SIGKILL when it comes to a step for the nth time.
final class StepDeath: Sendable {
    private let step: String
    private let visits: Mutex<Int>

    init(at step: String, visit: Int) {
        self.step = step
        self.visits = Mutex(visit)
    }

    func pass(_ name: String) {
        guard name == step else { return }
        let isLast = visits.withLock { visits in
            visits -= 1
            return visits == 0
        }
        if isLast { kill(getpid(), SIGKILL) }
    }

    /// Hears of script calls: `archive beforeSend`, `archive afterSend`, `archive afterReply`.
    var tap: ScriptTap {
        { name, _, moment in
            switch moment {
            case .beforeSend: self.pass("\(name.rawValue) beforeSend")
            case .afterSend: self.pass("\(name.rawValue) afterSend")
            case .afterReply: self.pass("\(name.rawValue) afterReply")
            }
        }
    }
}
