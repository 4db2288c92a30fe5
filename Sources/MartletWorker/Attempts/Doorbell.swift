internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Hears when there is work, by blocking on the wake lists of the queues while somebody listens.
///
/// Each script that puts a job among the waiting leaves a token there, and Redis hands it to one idle worker. A token
/// is only a reason to claim: no job is lost with it. A worker that has no use for a token gives it to another.
final class Doorbell: Sendable {
    private let store: JobStore
    private let queues: [String]
    private let running: RunningJobs
    private let listener: ListListener
    private let rung: WakeUp
    private let wanted: WakeUp
    private let logger: Logger
    private struct State {
        var isWanted = false
        /// The queue that rang last, until this worker has claimed from it.
        var queue: String?
    }
    private let state = Mutex(State())

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.queues = worker.queues
        self.running = worker.running
        self.listener = ListListener(
            worker.queues.map(worker.store.keys.wake),
            name: "martlet-doorbell",
            worker: worker
        )
        self.rung = worker.makeWakeUp()
        self.wanted = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Waits for a ring, for `timeout` at most.
    /// - Returns: true when it rang.
    func listen(for timeout: Duration) async -> Bool {
        let isFirst = state.withLock { state in
            state.queue = nil
            defer { state.isWanted = true }
            return !state.isWanted
        }
        if isFirst { wanted.raise() }
        await rung.wait(timeout)
        return state.withLock { $0.queue != nil }
    }

    /// Notes that the queue was claimed from, so that its ring needs no other worker.
    func followed(_ queue: String) {
        state.withLock { state in
            if state.queue == queue { state.queue = nil }
        }
    }

    /// Gives a ring to another worker when no place is left here and its queue was not claimed from.
    func passOn() async {
        let queue = state.withLock { state in
            defer { state.queue = nil }
            return state.queue
        }
        _ = rung.lower()
        if let queue { await ring([queue]) }
    }

    /// Rings all queues of the worker, so that another idle worker learns when their next jobs fall due.
    func ringAll() async {
        await ring(queues)
    }

    /// Wakes the listening claim loop without a ring.
    func wake() {
        rung.raise()
    }

    /// Stops listening.
    ///
    /// A ring may have been on its way here, so all queues ring once more, for other workers.
    func stop() async {
        wanted.stop()
        await listener.stop()
        await ringAll()
    }

    /// Hears rings while somebody listens, until it is stopped.
    func run() async {
        while !wanted.isStopped {
            guard state.withLock(\.isWanted) else {
                await wanted.wait()
                continue
            }
            guard let (list, _) = await listener.next() else { return }
            let queue = queues.first { store.keys.wake($0) == list }
            // A full worker has no use for a ring.
            let isFull = running.free <= 0
            state.withLock { state in
                // The next call of `listen` sets it again.
                state.isWanted = false
                state.queue = isFull ? nil : queue
            }
            if isFull, let queue {
                await ring([queue])
            } else {
                rung.raise()
            }
        }
    }

    private func ring(_ queues: [String]) async {
        do {
            try await store.ring(queues)
        } catch {
            // The next claim of any worker finds the job, within five seconds.
            logger.report(error, "ring not passed on")
        }
    }
}
