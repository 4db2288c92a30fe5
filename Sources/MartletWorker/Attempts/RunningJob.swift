internal import Martlet
internal import Synchronization

/// One attempt in this process, from the claim until its end is in Redis.
final class RunningJob: Sendable {
    /// Why the worker ended an attempt that had not ended by itself.
    enum Stop: Sendable {
        case timeLimit, cancelled, leaseLost, shutdown
        /// Other handlers block every thread.
        case noThread
    }

    let claimed: ClaimedJob
    let entry: JobEntry
    /// The job's own options, and where it has none those of its handler.
    let options: JobOptions
    let log: JobLog
    private let claimedAt = ContinuousClock.now

    private struct State {
        var handler: Task<Void, Never>?
        /// When the handler is to end; nil while it has no thread to begin on.
        var deadline: ContinuousClock.Instant?
        var stop: Stop?
        var stoppedAt: ContinuousClock.Instant?
        var hasEnded = false
        var isGivenUp = false
    }
    private let state = Mutex(State())

    init(_ claimed: ClaimedJob, _ entry: JobEntry, log: JobLog) {
        self.claimed = claimed
        self.entry = entry
        self.options = claimed.options.or(entry.options)
        self.log = log
    }

    /// Why it was stopped, if it was. The first reason stands.
    var stopped: Stop? { state.withLock(\.stop) }
    /// Whether the handler has begun.
    var hasBegun: Bool { state.withLock { $0.deadline != nil } }
    /// Whether the attempt was ended without its handler, which has not begun or does not stop.
    var isGivenUp: Bool { state.withLock(\.isGivenUp) }

    /// The handler's task, there to be cancelled: at once when the job was stopped before it was known.
    func started(_ handler: Task<Void, Never>) {
        let isStopped = state.withLock { state in
            // Of one that has ended already nothing is to be held.
            state.handler = state.hasEnded ? nil : handler
            return state.stop != nil
        }
        if isStopped { handler.cancel() }
    }

    /// The handler has a thread; its time limit begins.
    /// - Returns: false when the attempt was stopped before. Then the handler is not to run: the job may be another's.
    func begin() -> Bool {
        state.withLock { state in
            guard state.stop == nil else { return false }
            state.deadline = .now + (options.timeLimit ?? .seconds(600))
            return true
        }
    }

    /// Has the handler stopped when its time limit is over, and not begin at all when it has waited a whole lease for a
    /// thread and there is none to be had.
    func stop(ifOverdue now: ContinuousClock.Instant, lease: Duration, isBlocked: Bool) {
        if let deadline = state.withLock(\.deadline) {
            if deadline <= now { stop(.timeLimit) }
        } else if isBlocked, now - claimedAt >= lease {
            stop(.noThread)
        }
    }

    /// Has the handler's task cancelled. Does nothing once the handler has ended or was stopped.
    /// - Returns: whether it did something.
    @discardableResult
    func stop(_ reason: Stop) -> Bool {
        let (isFirst, handler) = state.withLock { state -> (Bool, Task<Void, Never>?) in
            guard state.stop == nil, !state.hasEnded else { return (false, nil) }
            state.stop = reason
            state.stoppedAt = .now
            return (true, state.handler)
        }
        handler?.cancel()
        return isFirst
    }

    /// Gives up on a handler that was stopped longer ago than the grace, or before it had begun.
    /// - Returns: whether this call did so.
    func giveUp(after grace: Duration, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let stoppedAt = state.stoppedAt, !state.hasEnded, !state.isGivenUp,
                state.deadline == nil || now - stoppedAt >= grace
            else { return false }
            state.isGivenUp = true
            return true
        }
    }

    /// The handler has returned or thrown.
    /// - Returns: whether it was given up before: then nobody waits for its end.
    func end() -> Bool {
        state.withLock { state in
            state.hasEnded = true
            state.handler = nil
            return state.isGivenUp
        }
    }
}
