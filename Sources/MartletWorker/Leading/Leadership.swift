internal import Synchronization

/// The right of this process to fire schedules.
///
/// It lasts for one lease from the moment at which the process asked for it, by a clock that only goes forward.
///
/// A process that was frozen finds it over at once. This only saves calls in vain; the script decides whether a slot is
/// fired.
final class Leadership: Sendable {
    private struct State {
        var term: Int?
        var until = ContinuousClock.now
        var isClosed = false
    }
    private let state = Mutex(State())

    /// The number of the term under which this process leads; nil when it does not lead.
    var term: Int? {
        state.withLock { state in
            guard let term = state.term, ContinuousClock.now < state.until else { return nil }
            return term
        }
    }

    /// Leads until then.
    /// - Returns: true when the process did not lead before, or led under another number.
    func hold(_ term: Int, until: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            let isNews = state.term != term || state.until <= .now
            (state.term, state.until) = (term, until)
            return isNews
        }
    }

    /// Leads no more.
    /// - Returns: the number under which this process led, or thought that it did; nil when it did not lead.
    @discardableResult
    func lose() -> Int? {
        state.withLock { state in
            defer { state.term = nil }
            return state.term
        }
    }

    /// Never leads again.
    func close() {
        state.withLock { $0.isClosed = true }
    }
}
