internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Hears when there is work: blocks on the queues' wake lists while somebody listens.
///
/// Whoever puts a job among the waiting leaves a token there, and Redis hands it to one idle worker. A token is only a
/// reason to claim; no job hangs on it. One that this worker has no use for is given to another.
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

    /// Waits for a ring, at most as long as given.
    /// - Returns: whether it rang.
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

    /// To be called when the queue was claimed from: its ring has been followed.
    func followed(_ queue: String) {
        state.withLock { state in
            if state.queue == queue { state.queue = nil }
        }
    }

    /// To be called when there is no free place left: gives a ring that has not been followed, since the places went to
    /// jobs of other queues, to another worker.
    func passOn() async {
        let queue = state.withLock { state in
            defer { state.queue = nil }
            return state.queue
        }
        _ = rung.lower()
        if let queue { await ring([queue]) }
    }

    /// Rings all of the worker's queues: what it knew of their next due times, another idle worker has to know now.
    func ringAll() async {
        await ring(queues)
    }

    /// Wakes who listens, without a ring.
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
            // Whoever listens next asks for it again; a full worker has no use for a ring.
            let isFull = running.free <= 0
            state.withLock { state in
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
