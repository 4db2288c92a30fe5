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
        var stop: Stop?
        var hasEnded = false
        var waiter: CheckedContinuation<Stop?, Never>?
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

    /// Has the handler's task cancelled. Does nothing once the handler has ended.
    func stop(_ reason: Stop) {
        let waiter = state.withLock { state -> CheckedContinuation<Stop?, Never>? in
            guard state.stop == nil, !state.hasEnded else { return nil }
            state.stop = reason
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: reason)
    }

    /// The handler has returned or thrown.
    func end() {
        let waiter = state.withLock { state -> CheckedContinuation<Stop?, Never>? in
            state.hasEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Waits until the handler has ended, which gives nil, or is to be stopped, which gives the reason.
    func waitForStopOrEnd() async -> Stop? {
        await withCheckedContinuation { continuation in
            let stop = state.withLock { state -> Stop?? in
                if state.stop == nil && !state.hasEnded {
                    state.waiter = continuation
                    return nil
                }
                return .some(state.stop)
            }
            if let stop { continuation.resume(returning: stop) }
        }
    }
}
