internal import Martlet

/// The life of one attempt in this process, as a value: each event is a call, and the call returns what is to be done.
///
/// It holds no task, reads no clock and knows no Redis.
///
/// ```
/// claimed ──begin──▶ running ──end──────────▶ ended
///    └──stop──┐         │stop                   ▲
///             └────▶ stopping ──end─────────────┤
///                       └──grace──▶ givenUp ──end
/// ```
struct AttemptState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The reason for which the worker ends an attempt that has not ended by itself.
    enum Stop: Sendable, Hashable {
        case timeLimit, cancelled, leaseLost, shutdown
        /// Other handlers block every thread.
        case noThread
    }

    enum Phase: Sendable, Hashable {
        /// The handler has no thread yet.
        case claimed
        /// The handler runs, and its time limit with it.
        case running(since: Instant)
        /// The handler was told to end, or is not to begin any more.
        case stopping(Stop, since: Instant, hasBegun: Bool)
        /// The end of the attempt is written without the handler, which may still run.
        case givenUp(Stop, hasBegun: Bool)
        /// The handler has returned or thrown, or did not begin.
        case ended(Stop?, hasBegun: Bool)
    }

    /// The action that a call asks of its caller.
    enum Action: Sendable, Hashable {
        case none
        /// The handler's task is to be cancelled.
        case cancelHandler
        /// The end of the attempt is to be written without the handler.
        case giveUp
    }

    private(set) var phase = Phase.claimed
    /// The time that the handler may run.
    private(set) var timeLimit: Duration
    /// The worst report that the job made of itself, with the text of the first report that was that bad.
    private(set) var report: (kind: SelfReport, text: String)?
    private let claimedAt: Instant

    init(claimedAt: Instant, timeLimit: Duration) {
        self.claimedAt = claimedAt
        self.timeLimit = timeLimit
    }

    /// The reason for which the worker stopped the attempt; nil when it did not.
    var stop: Stop? {
        switch phase {
        case .claimed, .running: nil
        case .stopping(let stop, _, _), .givenUp(let stop, _): stop
        case .ended(let stop, _): stop
        }
    }

    /// True once the handler has begun.
    var hasBegun: Bool {
        switch phase {
        case .claimed: false
        case .running: true
        case .stopping(_, _, let hasBegun), .givenUp(_, let hasBegun), .ended(_, let hasBegun): hasBegun
        }
    }

    var isGivenUp: Bool {
        if case .givenUp = phase { true } else { false }
    }

    /// The instant at which the time limit ends; nil unless the handler runs.
    var deadline: Instant? {
        if case .running(let since) = phase { since + timeLimit } else { nil }
    }

    /// Notes that the handler has a thread.
    /// - Returns: false when the attempt was stopped before. The handler must not run then, since the job may be
    ///   another worker's.
    mutating func begin(_ now: Instant) -> Bool {
        guard case .claimed = phase else { return false }
        phase = .running(since: now)
        return true
    }

    /// Sets how long this attempt may run, from its beginning.
    mutating func limit(to timeLimit: Duration) {
        self.timeLimit = timeLimit
    }

    /// Stops the attempt.
    ///
    /// The first reason stands, and an attempt that has ended stays as it is.
    mutating func stop(_ reason: Stop, _ now: Instant) -> Action {
        switch phase {
        case .claimed: phase = .stopping(reason, since: now, hasBegun: false)
        case .running: phase = .stopping(reason, since: now, hasBegun: true)
        case .stopping, .givenUp, .ended: return .none
        }
        return .cancelHandler
    }

    /// Looks at the clock.
    ///
    /// It stops a handler whose time limit is over, and one that has waited for a thread for a whole lease while others
    /// block every thread. It gives up an attempt that was stopped before its handler began, and one whose handler has
    /// run on for `grace` since it was stopped.
    mutating func look(_ now: Instant, lease: Duration, isBlocked: Bool, grace: Duration) -> Action {
        var action = Action.none
        if let deadline, deadline <= now { action = stop(.timeLimit, now) }
        if case .claimed = phase, isBlocked, now - claimedAt >= lease { action = stop(.noThread, now) }
        if case .stopping(let stop, let since, let hasBegun) = phase, !hasBegun || now - since >= grace {
            phase = .givenUp(stop, hasBegun: hasBegun)
            return .giveUp
        }
        return action
    }

    /// Notes that the handler has returned or thrown, or is not to begin.
    /// - Returns: false when the attempt was given up. Its end is written already then, and nobody waits for this one.
    mutating func end() -> Bool {
        let isAwaited = !isGivenUp
        phase = .ended(stop, hasBegun: hasBegun)
        return isAwaited
    }

    /// Notes what the job reports of itself.
    ///
    /// A report is ignored once the attempt has ended or was given up.
    mutating func note(_ kind: SelfReport, _ text: String) {
        switch phase {
        case .givenUp, .ended: return
        case .claimed, .running, .stopping: break
        }
        guard report.map({ $0.kind < kind }) ?? true else { return }
        report = (kind, text)
    }
}
