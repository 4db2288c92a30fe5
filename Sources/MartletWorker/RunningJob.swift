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

    private struct State {
        var handler: Task<Void, Never>?
        var stop: Stop?
        var stoppedAt: ContinuousClock.Instant?
        var hasEnded = false
        var isStuck = false
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

    /// The handler's task, there to be cancelled: at once when the job was stopped before it was known.
    func started(_ handler: Task<Void, Never>) {
        let isStopped = state.withLock { state in
            // Of one that has ended already nothing is to be held.
            state.handler = state.hasEnded ? nil : handler
            return state.stop != nil
        }
        if isStopped { handler.cancel() }
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

    /// Gives up on a handler that was stopped longer ago than the grace.
    /// - Returns: whether this call did so.
    func giveUp(after grace: Duration, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let stoppedAt = state.stoppedAt, now - stoppedAt >= grace, !state.hasEnded, !state.isStuck else {
                return false
            }
            state.isStuck = true
            return true
        }
    }

    /// The handler has returned or thrown.
    /// - Returns: whether it was given up before: then nobody waits for its end.
    func end() -> Bool {
        state.withLock { state in
            state.hasEnded = true
            state.handler = nil
            return state.isStuck
        }
    }
}
