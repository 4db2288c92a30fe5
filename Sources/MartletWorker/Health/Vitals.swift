internal import Synchronization

/// The signs by which a worker is known to be well.
///
/// They are counted, not timed: see ``Watchdog``.
final class Vitals: Sendable {
    struct Signs: Sendable {
        /// Claims that Redis answered, and looks that found nothing to claim.
        var claims = 0
        /// Heartbeats and renewals that Redis answered.
        var answers = 0
        /// Writes that Redis refused because the lease was lost.
        var stale = 0
        /// Attempts whose ends were written.
        var ended = 0
        /// The time of the last healthy heartbeat, in milliseconds by Redis's clock.
        ///
        /// A heartbeat is healthy when a claim was answered since the one before it, or when every place is taken or
        /// held back. The first heartbeat counts as healthy.
        var claimedAt: Int64 = 0
        fileprivate var claimsAtBeat = 0
    }
    private let signs = Mutex(Signs())

    var now: Signs { signs.withLock { $0 } }

    func claimed() {
        signs.withLock { $0.claims += 1 }
    }

    func ended(_ count: Int) {
        signs.withLock { $0.ended += count }
    }

    /// Notes a heartbeat that Redis answers, at this time by Redis's clock in milliseconds.
    ///
    /// A worker without a free place claims nothing, and is healthy all the same.
    func beat(at time: Int64, isFull: Bool) {
        signs.withLock { signs in
            signs.answers += 1
            if isFull || signs.claims != signs.claimsAtBeat || signs.claimedAt == 0 { signs.claimedAt = time }
            signs.claimsAtBeat = signs.claims
        }
    }

    func renewed() {
        signs.withLock { $0.answers += 1 }
    }

    func refused() {
        signs.withLock { $0.stale += 1 }
    }
}
