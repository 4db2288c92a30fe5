internal import FoundationEssentials
internal import Martlet
internal import Synchronization

/// One attempt in this process, from the claim until its end is in Redis: its state and its handler's task.
final class RunningJob: Sendable {
    let claimed: ClaimedJob
    let entry: JobEntry
    let options: ResolvedOptions
    let log: JobLog
    private let claimedAt: ContinuousClock.Instant

    private struct State {
        var attempt: AttemptState
        var handler: Task<Void, Never>?
    }
    private let state: Mutex<State>

    init(_ claimed: ClaimedJob, _ entry: JobEntry, log: JobLog) {
        self.claimed = claimed
        self.entry = entry
        self.options = ResolvedOptions(claimed.options, type: entry.options)
        self.log = log
        self.claimedAt = .now
        self.state = Mutex(State(attempt: AttemptState(claimedAt: claimedAt, timeLimit: options.timeLimit)))
    }

    /// The present state of the attempt.
    var attempt: AttemptState { state.withLock(\.attempt) }
    /// The attempt's number since the job was enqueued or last restarted: 1 or more, whatever somebody wrote into the
    /// hash.
    var attemptOfRound: Int { max(1, claimed.attempt &- claimed.attemptsBeforeRestart) }

    /// Keeps the handler's task, to be cancelled later.
    ///
    /// It is cancelled at once when the attempt was stopped before.
    func started(_ handler: Task<Void, Never>) {
        let isStopped = state.withLock { state in
            // A task that has ended is not held.
            if case .ended = state.attempt.phase { return state.attempt.stop != nil }
            state.handler = handler
            return state.attempt.stop != nil
        }
        if isStopped { handler.cancel() }
    }

    /// Notes that the handler has a thread.
    /// - Returns: false when the handler must not run.
    func begin() -> Bool {
        state.withLock { $0.attempt.begin(.now) }
    }

    /// Stops the attempt and cancels the handler's task.
    ///
    /// It does nothing when the attempt was stopped before or has ended.
    /// - Returns: true when it did something.
    @discardableResult
    func stop(_ reason: AttemptState.Stop) -> Bool {
        let (action, handler) = state.withLock { ($0.attempt.stop(reason, .now), $0.handler) }
        guard action == .cancelHandler else { return false }
        handler?.cancel()
        return true
    }

    /// Stops the handler when its time is over, or when it gets no thread.
    /// - Returns: true when the attempt is to be given up.
    func look(_ now: ContinuousClock.Instant, lease: Duration, isBlocked: Bool, grace: Duration) -> Bool {
        let (action, handler) = state.withLock { state in
            (state.attempt.look(now, lease: lease, isBlocked: isBlocked, grace: grace), state.handler)
        }
        if action != .none { handler?.cancel() }
        return action == .giveUp
    }

    /// Notes that the handler has returned or thrown.
    /// - Returns: false when the attempt was given up before. Nobody waits for its end then.
    func end() -> Bool {
        state.withLock { state in
            state.handler = nil
            return state.attempt.end()
        }
    }
}

extension RunningJob: AttemptNotes {
    func report(_ report: SelfReport, _ text: String) {
        state.withLock { $0.attempt.note(report, text) }
    }

    func progress(_ fraction: Double, _ note: String) {
        log.note(progress: fraction, note)
    }

    var timeLimit: Duration { attempt.timeLimit }

    func limit(to timeLimit: Duration) {
        state.withLock { $0.attempt.limit(to: timeLimit) }
    }

    /// The end of the time limit by Redis's clock, computed from Redis's time at the claim; nil unless the handler
    /// runs.
    var deadline: Date? {
        attempt.deadline.map {
            claimed.startedAt.addingTimeInterval(($0 - claimedAt) / .seconds(1))
        }
    }
}
