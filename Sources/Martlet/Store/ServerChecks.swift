internal import MartletScripts
internal import Synchronization

/// What this process has seen of its server, so that each look is taken once: whether jobs are safe with it, which
/// scripts this user may run, and which queues it lists by name.
final class ServerChecks: Sendable {
    private struct Seen {
        var isFit = false
        var scripts: Set<ScriptName> = []
        var queues: Set<String> = []
    }

    private let seen = Mutex(Seen())

    /// Whether the server was seen fit to hold jobs.
    var isFit: Bool { seen.withLock { $0.isFit } }

    func noteFit() { seen.withLock { $0.isFit = true } }

    /// Whether this user was seen to have the rights for a script.
    func mayRun(_ script: ScriptName) -> Bool { seen.withLock { $0.scripts.contains(script) } }

    func noteRights(to scripts: some Sequence<ScriptName>) { seen.withLock { $0.scripts.formUnion(scripts) } }

    /// Whether this process has put the queue among those that operators see.
    func hasListed(_ queue: String) -> Bool { seen.withLock { $0.queues.contains(queue) } }

    func noteListed(_ queue: String) { seen.withLock { _ = $0.queues.insert(queue) } }
}
