internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Sends the logs of all running jobs of the process: one timer, one write for all of them.
///
/// It works on the event loop alone, so that a job's lines come out also while its handler, or another, holds every
/// thread of Swift's pool.
final class LogShipper: Sendable {
    private struct State {
        var waiting: [JobLog] = []
        /// Grows while Redis takes nothing.
        var backoff = Backoff()
        var pause: Duration?
        var isLastCall = false
    }
    private let state = Mutex(State())
    private let store: JobStore
    private let vitals: Vitals
    private let eventLoop: any EventLoop
    private let logger: Logger

    /// How long a line may wait for others.
    private static let delay = Duration.milliseconds(50)

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.vitals = worker.vitals
        self.eventLoop = worker.eventLoop
        self.logger = worker.logger
    }

    /// Has the log sent with the next round. From any thread.
    func add(_ log: JobLog) {
        let pause = state.withLock { state -> Duration? in
            state.waiting.append(log)
            return state.waiting.count == 1 ? state.pause ?? Self.delay : nil
        }
        if let pause {
            eventLoop.scheduleTask(in: .nanoseconds(pause.nanoseconds)) { self.ship() }
        }
    }

    /// Sends the log at once: its job has ended.
    func shipNow(_ log: JobLog) {
        eventLoop.execute { log.ship(to: self.store) }
    }

    /// The process ends: lines that Redis does not take now are given up.
    func lastCall() {
        state.withLock { $0.isLastCall = true }
    }

    /// Redis has taken lines, or refused them because the lease is lost.
    func succeeded(isStale: Bool) {
        if isStale { vitals.refused() }
        state.withLock { state in
            state.backoff = Backoff()
            state.pause = nil
        }
    }

    /// Redis has not taken lines. Says so once for an outage, and has the next rounds wait longer and longer.
    /// - Returns: whether the lines are to be tried again.
    func failed(_ job: ClaimedJob, _ error: JobError) -> Bool {
        let isOutage = error.redis?.isOutage == true
        let (isFirst, isLastCall) = state.withLock { state in
            let isFirst = state.pause == nil
            if isOutage { state.pause = state.backoff.next(after: error.redis) }
            return (isFirst, state.isLastCall)
        }
        if isFirst || !isOutage {
            logger.report(error, "log lines not taken", metadata: ["job": "\(job.id)"])
        }
        return isOutage && !isLastCall
    }

    private func ship() {
        let logs = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for log in logs {
            log.ship(to: store)
        }
    }
}
