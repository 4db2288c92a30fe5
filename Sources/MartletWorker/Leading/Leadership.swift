internal import Synchronization

/// Whether this process may fire schedules, by its own clock, which only goes forward: from the moment it asked for a
/// lease, for as long as that runs.
///
/// A process that was frozen finds it over at once. It saves vain calls and no more; whether a slot is fired is decided
/// in the script.
final class Leadership: Sendable {
    private struct State {
        var term: Int?
        var until = ContinuousClock.now
        var isClosed = false
    }
    private let state = Mutex(State())

    /// The leader's number; nil when this process does not lead.
    var term: Int? {
        state.withLock { state in
            guard let term = state.term, ContinuousClock.now < state.until else { return nil }
            return term
        }
    }

    /// Leads until then.
    /// - Returns: whether that is news: it did not lead before, or under another number.
    func hold(_ term: Int, until: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            let isNews = state.term != term || state.until <= .now
            (state.term, state.until) = (term, until)
            return isNews
        }
    }

    /// Leads no more.
    /// - Returns: the number under which it led, or last thought so.
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
