internal import MartletScripts
internal import Synchronization

/// The checks of the server that this process has passed, so that each is made once.
///
/// They say whether jobs are safe with the server, which scripts this user may run, and which queues are listed by
/// name.
final class ServerChecks: Sendable {
    private struct Seen {
        var isFit = false
        var scripts: Set<ScriptName> = []
        var queues: Set<String> = []
    }

    private let seen = Mutex(Seen())

    /// True when the server was seen to be fit to hold jobs.
    var isFit: Bool { seen.withLock { $0.isFit } }

    func noteFit() { seen.withLock { $0.isFit = true } }

    /// Tells whether this user was seen to have the rights for a script.
    func mayRun(_ script: ScriptName) -> Bool { seen.withLock { $0.scripts.contains(script) } }

    func noteRights(to scripts: some Sequence<ScriptName>) { seen.withLock { $0.scripts.formUnion(scripts) } }

    /// Forgets which scripts this user may run, because Redis has refused a command of one.
    func forgetRights() { seen.withLock { $0.scripts = [] } }

    /// Tells whether this process has added the queue to those that operators see.
    func hasListed(_ queue: String) -> Bool { seen.withLock { $0.queues.contains(queue) } }

    func noteListed(_ queue: String) { seen.withLock { _ = $0.queues.insert(queue) } }
}
