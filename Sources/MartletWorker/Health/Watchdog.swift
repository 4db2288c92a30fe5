internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Stops the worker when no claim was answered for too long, so that a supervisor can start a new one.
///
/// The reason may be that Redis does not answer, or that the claim loop hangs.
///
/// A worker without a free place does not claim; for it each answer to a heartbeat or a renewal counts. The watchdog
/// looks on the thread of the event loop and adds up the time between its looks, at most two periods for each. So the
/// hour for which a process was frozen does not count as an hour without Redis.
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

    /// Schedules the next look, and so starts the watchdog.
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
