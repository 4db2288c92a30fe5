internal import MartletScripts
internal import Synchronization

/// The checks of the server that this process has passed, so that each is made once, or once a minute.
///
/// They say whether jobs are safe with the server, which scripts this user may run, which queues are listed by name,
/// and whether payloads may be cut into parts.
final class ServerChecks: Sendable {
    private struct Seen {
        var isFit = false
        var scripts: Set<ScriptName> = []
        var queues: Set<String> = []
        var readsParts = false
        var lookedAt: ContinuousClock.Instant?
    }

    /// The time after which somebody looks again whether all that read jobs read payloads in parts.
    private static let lookPeriod = Duration.seconds(60)
    /// The time for which such a look holds: a little longer, so that the next one need not be waited for.
    private static let lookHolds = Duration.seconds(70)

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

    /// True while it is known that all that read jobs read payloads in parts.
    var mayCutPayloads: Bool {
        seen.withLock { seen in
            guard seen.readsParts, let lookedAt = seen.lookedAt else { return false }
            return ContinuousClock.now - lookedAt < Self.lookHolds
        }
    }

    /// Returns true to one caller a minute, which then looks and notes what it saw.
    func beginLook() -> Bool {
        seen.withLock { seen in
            let now = ContinuousClock.now
            if let lookedAt = seen.lookedAt, now - lookedAt < Self.lookPeriod { return false }
            // What an older look saw holds until this one has ended, but no longer than it may.
            if let lookedAt = seen.lookedAt, now - lookedAt >= Self.lookHolds { seen.readsParts = false }
            seen.lookedAt = now
            return true
        }
    }

    func noteLook(readsParts: Bool) { seen.withLock { $0.readsParts = readsParts } }
}
