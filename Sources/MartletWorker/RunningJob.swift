internal import Martlet
internal import Synchronization

/// One attempt in this process, from the claim until its end is in Redis.
final class RunningJob: Sendable {
    /// Why the worker ended an attempt that had not ended by itself.
    enum Stop: Sendable { case timeLimit, cancelled, leaseLost, shutdown }

    let claimed: ClaimedJob
    let entry: JobEntry
    /// The job's own options, and where it has none those of its handler.
    let options: JobOptions
    let log: JobLog
    let deadline: ContinuousClock.Instant

    /// What there is to be heard of the handler.
    enum Event: Sendable {
        /// It has returned or thrown.
        case ended(Result<Void, any Error>)
        /// It is to be cancelled.
        case stopped
        /// It was cancelled and did not end in time.
        case stuck
    }

    private struct State {
        var stop: Stop?
        var stoppedAt: ContinuousClock.Instant?
        var hasEnded = false
        var isStuck = false
        /// Not heard yet. The last one counts: an end is heard instead of the stop before it.
        var event: Event?
        var waiter: CheckedContinuation<Event, Never>?

        /// Gives the waiter that is to be told, or keeps the event for the one to come.
        mutating func tell(_ event: Event) -> CheckedContinuation<Event, Never>? {
            defer { waiter = nil }
            if waiter == nil { self.event = event }
            return waiter
        }
    }
    private let state = Mutex(State())

    init(_ claimed: ClaimedJob, _ entry: JobEntry, log: JobLog) {
        self.claimed = claimed
        self.entry = entry
        self.options = claimed.options.or(entry.options)
        self.log = log
        self.deadline = .now + (options.timeLimit ?? .seconds(600))
    }

    /// Why it was stopped, if it was. The first reason stands.
    var stopped: Stop? { state.withLock(\.stop) }
    /// Whether the lease was given up because the handler does not stop.
    var isStuck: Bool { state.withLock(\.isStuck) }

    /// Has the handler's task cancelled. Does nothing once the handler has ended or was stopped.
    /// - Returns: whether it did something.
    @discardableResult
    func stop(_ reason: Stop) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Event, Never>?) in
            guard state.stop == nil, !state.hasEnded else { return (false, nil) }
            state.stop = reason
            state.stoppedAt = .now
            return (true, state.tell(.stopped))
        }
        waiter?.resume(returning: .stopped)
        return isFirst
    }

    /// Gives up on a handler that was stopped longer ago than the grace.
    /// - Returns: whether this call did so.
    func giveUp(after grace: Duration, now: ContinuousClock.Instant) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Event, Never>?) in
            guard let stoppedAt = state.stoppedAt, now - stoppedAt >= grace, !state.hasEnded, !state.isStuck else {
                return (false, nil)
            }
            state.isStuck = true
            return (true, state.tell(.stuck))
        }
        waiter?.resume(returning: .stuck)
        return isFirst
    }

    /// The handler has returned or thrown.
    /// - Returns: whether it was given up before: then nobody hears of its end.
    func end(_ result: Result<Void, any Error>) -> Bool {
        let (isStuck, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Event, Never>?) in
            state.hasEnded = true
            return state.isStuck ? (true, nil) : (false, state.tell(.ended(result)))
        }
        waiter?.resume(returning: .ended(result))
        return isStuck
    }

    /// Waits for what is next: a stop if there is one, and the end or that there is none.
    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let event = state.withLock { state -> Event? in
                defer { state.event = nil }
                if state.event == nil { state.waiter = continuation }
                return state.event
            }
            if let event { continuation.resume(returning: event) }
        }
    }
}
