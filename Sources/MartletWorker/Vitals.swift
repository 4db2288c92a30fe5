internal import Synchronization

/// The signs by which a worker is known to be well. They are counted, not timed: see ``Watchdog``.
final class Vitals: Sendable {
    struct Signs: Sendable {
        /// Claim scripts that Redis answered.
        var claims = 0
        /// Heartbeats and renewals that Redis answered.
        var answers = 0
        /// Writes that Redis refused because the lease was lost.
        var stale = 0
        /// When the last claim was answered, or a heartbeat found every place taken; at first, when it
        /// began. Redis's time in milliseconds.
        var claimedAt: Int64 = 0
    }
    private let signs = Mutex(Signs())

    var now: Signs { signs.withLock { $0 } }

    func claimed(at time: Int64) {
        signs.withLock { signs in
            signs.claims += 1
            signs.claimedAt = time
        }
    }

    /// A heartbeat was answered. A worker without a free place claims nothing, and is well all the same.
    func beat(at time: Int64, isFull: Bool) {
        signs.withLock { signs in
            signs.answers += 1
            if isFull || signs.claimedAt == 0 { signs.claimedAt = time }
        }
    }

    func renewed() {
        signs.withLock { $0.answers += 1 }
    }

    func refused() {
        signs.withLock { $0.stale += 1 }
    }
}
