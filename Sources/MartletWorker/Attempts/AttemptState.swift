internal import Martlet

/// The life of one attempt in this process, as a value: what happens comes in as a call, and what is to be done about
/// it comes back.
///
/// It holds no task, asks no clock and knows no Redis.
///
/// ```
/// claimed ──begin──▶ running ──end──────────▶ ended
///    └──stop──┐         │stop                   ▲
///             └────▶ stopping ──end─────────────┤
///                       └──grace──▶ givenUp ──end
/// ```
struct AttemptState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Why the worker ends an attempt that has not ended by itself.
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

    /// What a call asks of its caller.
    enum Action: Sendable, Hashable {
        case none
        /// The handler's task is to be cancelled.
        case cancelHandler
        /// Besides, the end of the attempt is to be written without the handler.
        case giveUp
    }

    private(set) var phase = Phase.claimed
    /// How long the handler may run.
    private(set) var timeLimit: Duration
    /// The worst that the job said of itself, and what it said when it first was that bad.
    private(set) var report: (kind: SelfReport, text: String)?
    private let claimedAt: Instant

    init(claimedAt: Instant, timeLimit: Duration) {
        self.claimedAt = claimedAt
        self.timeLimit = timeLimit
    }

    /// Why the worker stopped it, if it did.
    var stop: Stop? {
        switch phase {
        case .claimed, .running: nil
        case .stopping(let stop, _, _), .givenUp(let stop, _): stop
        case .ended(let stop, _): stop
        }
    }

    /// Whether the handler has begun.
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

    /// When the time limit ends; nil unless the handler runs.
    var deadline: Instant? {
        if case .running(let since) = phase { since + timeLimit } else { nil }
    }

    /// The handler has a thread.
    /// - Returns: false when the attempt was stopped before. Then the handler is not to run: the job may be another's.
    mutating func begin(_ now: Instant) -> Bool {
        guard case .claimed = phase else { return false }
        phase = .running(since: now)
        return true
    }

    /// The handler says how long this attempt may run, from its beginning.
    mutating func limit(to timeLimit: Duration) {
        self.timeLimit = timeLimit
    }

    /// The first reason stands; once the handler has ended there is nothing to stop.
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
    /// A handler whose time limit is over is stopped, and one that has waited a whole lease for a thread while there is
    /// none to be had. One that was stopped before it began is given up at once, and one that runs on after `grace`.
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

    /// The handler has returned or thrown, or is not to begin.
    /// - Returns: false when the attempt was given up: its end is written already, and nobody waits for this one.
    mutating func end() -> Bool {
        let isAwaited = !isGivenUp
        phase = .ended(stop, hasBegun: hasBegun)
        return isAwaited
    }

    /// The job says something of itself.
    ///
    /// Of an attempt that is over nothing is heard.
    mutating func note(_ kind: SelfReport, _ text: String) {
        switch phase {
        case .givenUp, .ended: return
        case .claimed, .running, .stopping: break
        }
        guard report.map({ $0.kind < kind }) ?? true else { return }
        report = (kind, text)
    }
}
