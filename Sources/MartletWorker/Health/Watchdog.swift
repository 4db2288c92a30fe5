internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Stops the worker when no claim has come through for too long, so that a supervisor can start a new one: Redis does
/// not answer, or the claim loop hangs.
///
/// A worker that has no free place does not claim; there every answer to a heartbeat or a renewal counts. It looks on
/// the event loop's own thread, and adds up what passed between its looks: a process that was frozen for an hour was
/// not without Redis for an hour.
final class Watchdog: Sendable {
    private struct State {
        var last = Vitals.Signs()
        var looked = ContinuousClock.now
        var silence = Duration.zero
        var timer: Scheduled<Void>?
        var isStopped = false
    }
    private let limit: Duration
    private let running: RunningJobs
    private let vitals: Vitals
    private let stop: StopRequest
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let state = Mutex(State())

    init(_ worker: WorkerContext) {
        self.limit = worker.configuration.watchdog
        self.running = worker.running
        self.vitals = worker.vitals
        self.stop = worker.stop
        self.eventLoop = worker.eventLoop
        self.logger = worker.logger
    }

    private var period: Duration { min(limit / 10, .seconds(5)) }

    /// Looks from now on.
    func start() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.timer = eventLoop.scheduleTask(in: .nanoseconds(period.nanoseconds)) { self.look() }
        }
    }

    func end() {
        state.withLock { state in
            state.isStopped = true
            state.timer?.cancel()
        }
    }

    private func look() {
        let signs = vitals.now
        let isFull = running.isFull
        let silence = state.withLock { state in
            let isWell = signs.claims != state.last.claims || (isFull && signs.answers != state.last.answers)
            state.silence = isWell ? .zero : state.silence + min(.now - state.looked, period * 2)
            state.looked = .now
            state.last = signs
            return state.silence
        }
        guard silence > limit else { return start() }
        logger.critical("no claim came through, stopping", metadata: ["for": "\(silence.formatted)"])
        stop.fail(JobError(.stalled, "no claim came through for \(silence.formatted)"))
    }
}
