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

    /// How it stands now.
    var attempt: AttemptState { state.withLock(\.attempt) }
    /// This attempt's number since the job was enqueued or last restarted: from 1, whatever somebody wrote into the
    /// hash.
    var attemptOfRound: Int { max(1, claimed.attempt &- claimed.attemptsBeforeRestart) }

    /// The handler's task, there to be cancelled: at once when the attempt was stopped before it was known.
    func started(_ handler: Task<Void, Never>) {
        let isStopped = state.withLock { state in
            // Of one that has ended already nothing is to be held.
            if case .ended = state.attempt.phase { return state.attempt.stop != nil }
            state.handler = handler
            return state.attempt.stop != nil
        }
        if isStopped { handler.cancel() }
    }

    /// - Returns: false when the handler is not to run.
    func begin() -> Bool {
        state.withLock { $0.attempt.begin(.now) }
    }

    /// Has the handler's task cancelled.
    ///
    /// Does nothing once the handler has ended or was stopped.
    /// - Returns: whether it did something.
    @discardableResult
    func stop(_ reason: AttemptState.Stop) -> Bool {
        let (action, handler) = state.withLock { ($0.attempt.stop(reason, .now), $0.handler) }
        guard action == .cancelHandler else { return false }
        handler?.cancel()
        return true
    }

    /// Has the handler stopped when it is time.
    /// - Returns: whether it is to be given up.
    func look(_ now: ContinuousClock.Instant, lease: Duration, isBlocked: Bool, grace: Duration) -> Bool {
        let (action, handler) = state.withLock { state in
            (state.attempt.look(now, lease: lease, isBlocked: isBlocked, grace: grace), state.handler)
        }
        if action != .none { handler?.cancel() }
        return action == .giveUp
    }

    /// The handler has returned or thrown.
    /// - Returns: false when it was given up before: then nobody waits for its end.
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

    /// By Redis's clock: its time at the claim, and what is to pass from then on.
    var deadline: Date? {
        attempt.deadline.map {
            Date(milliseconds: claimed.startedAt).addingTimeInterval(($0 - claimedAt) / .seconds(1))
        }
    }
}
