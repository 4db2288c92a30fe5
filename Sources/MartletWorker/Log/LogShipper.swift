internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Sends the logs of all running jobs of the process, with one timer and one write for all of them.
///
/// It works on the event loop alone, so that a job's lines come out even while its handler, or another, holds every
/// thread of Swift's pool.
final class LogShipper: Sendable {
    private struct State {
        var waiting: [JobLog] = []
        /// The backoff, which grows while Redis takes nothing.
        var backoff = Backoff()
        var pause: Duration?
        var isLastCall = false
    }
    private let state = Mutex(State())
    private let store: JobStore
    private let vitals: Vitals
    private let eventLoop: any EventLoop
    private let logger: Logger

    /// The time that a line may wait for others.
    private static let delay = Duration.milliseconds(50)

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.vitals = worker.vitals
        self.eventLoop = worker.eventLoop
        self.logger = worker.logger
    }

    /// Sends the log with the next round.
    ///
    /// It may be called from any thread.
    func add(_ log: JobLog) {
        let pause = state.withLock { state -> Duration? in
            state.waiting.append(log)
            return state.waiting.count == 1 ? state.pause ?? Self.delay : nil
        }
        if let pause {
            eventLoop.scheduleTask(in: .nanoseconds(pause.nanoseconds)) { self.ship() }
        }
    }

    /// Sends the log at once, because its job has ended.
    func shipNow(_ log: JobLog) {
        eventLoop.execute { self.ship(log) }
    }

    /// Notes that the process ends: lines that Redis does not take at the next try are given up.
    func lastCall() {
        state.withLock { $0.isLastCall = true }
    }

    private func ship() {
        let logs = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for log in logs {
            ship(log)
        }
    }

    /// Sends a batch of the log unless one is under way, and goes on when that is answered.
    ///
    /// It runs on the event loop.
    private func ship(_ log: JobLog) {
        guard let batch = log.nextBatch() else { return }
        store.log(
            log.job,
            lines: batch.lines,
            first: batch.first,
            lost: batch.lost,
            progress: batch.progress,
            limits: log.limits
        ) { result in
            switch log.settle(self.answer(result, log.job)) {
            case .nothing: break
            case .again: self.ship(log)
            case .later: self.add(log)
            }
        }
    }

    private func answer(_ result: Result<Bool, JobError>, _ job: ClaimedJob) -> LogBuffer.Answer {
        switch result {
        case .success(let isTaken):
            succeeded(isStale: !isTaken)
            return isTaken ? .taken : .refused
        case .failure(let error): return failed(job, error) ? .lost : .refused
        }
    }

    /// Notes that Redis has taken lines, or has refused them because the lease is lost.
    private func succeeded(isStale: Bool) {
        if isStale { vitals.refused() }
        state.withLock { state in
            state.backoff = Backoff()
            state.pause = nil
        }
    }

    /// Notes that Redis has not taken lines.
    ///
    /// It logs that once for each outage, and makes the next rounds wait longer and longer.
    /// - Returns: true when the lines are to be sent again.
    private func failed(_ job: ClaimedJob, _ error: JobError) -> Bool {
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
}
