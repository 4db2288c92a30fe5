internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Writes the ends of attempts to Redis.
///
/// Attempts that end while two batches are under way go with the next one, so that batches are large under load and an
/// end alone is written at once. While Redis is away it keeps every end and tries again. A claim of another worker may
/// take jobs back meanwhile, whose leases ran out; then the script refuses the end, and that worker's attempt stands.
final class Finisher: Sendable {
    private struct Ended: Sendable {
        let job: RunningJob
        let write: Verdict.Write
        /// True for a job that was given up, since no other task waits for its log.
        let closesLog: Bool
    }

    private let worker: String
    private let store: JobStore
    private let running: RunningJobs
    private let vitals: Vitals
    private let logger: Logger
    private let signal: WakeUp
    private let eventLoop: any EventLoop
    private struct State {
        var ended: [Ended] = []
        var underWay = 0
        var isClosed = false
        var isLastCall = false
    }
    private let state = Mutex(State())

    /// The batches that are under way at the same time: two, so that Redis works on one while the answer to the other
    /// travels.
    private static let mostUnderWay = 2

    init(_ worker: WorkerContext) {
        self.worker = worker.id
        self.store = worker.store
        self.running = worker.running
        self.vitals = worker.vitals
        self.logger = worker.logger
        self.signal = worker.makeWakeUp()
        self.eventLoop = worker.eventLoop
    }

    /// Takes the end of an attempt, which ``run()`` writes.
    ///
    /// `closesLog` is true when the job's log has still to be closed before the end is written.
    func finish(_ job: RunningJob, _ write: Verdict.Write, closesLog: Bool = false) {
        state.withLock { $0.ended.append(Ended(job: job, write: write, closesLog: closesLog)) }
        signal.raise()
    }

    /// Notes that no more ends will come.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.raise()
    }

    /// Notes that the process ends: what Redis does not take at the next try is left to the leases.
    func lastCall() {
        state.withLock { $0.isLastCall = true }
    }

    /// Writes until it is closed and has written everything.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let batch = await next() {
                group.addTask {
                    self.running.end(batch.count)
                    for item in batch where item.closesLog { await item.job.log.close() }
                    await self.write(batch)
                    self.vitals.ended(batch.count)
                    self.running.remove(batch.lazy.map(\.job))
                    self.state.withLock { $0.underWay -= 1 }
                    self.signal.raise()
                }
            }
        }
    }

    /// Waits for the ends that are to be written next; nil when no more will come.
    private func next() async -> [Ended]? {
        while true {
            let (batch, isOver) = state.withLock { state -> ([Ended], Bool) in
                guard state.underWay < Self.mostUnderWay else { return ([], false) }
                let batch = Array(state.ended.prefix(1000))
                state.ended.removeFirst(batch.count)
                if !batch.isEmpty { state.underWay += 1 }
                return (batch, batch.isEmpty && state.isClosed)
            }
            if isOver { return nil }
            if !batch.isEmpty { return batch }
            await signal.wait()
        }
    }

    /// Writes ends with one call for all that finish in a queue.
    ///
    /// Jobs that come back later have a call each, all under way at the same time.
    private func write(_ ended: [Ended]) async {
        await withDiscardingTaskGroup { group in
            var endings: [String: [JobEnding]] = [:]
            for item in ended {
                let job = item.job.claimed
                switch item.write {
                case .finish(let ending): endings[job.id.queue, default: []].append(ending)
                case .nothing: refused(job.id)
                case .retry, .snooze, .release: group.addTask { await self.putBack(item) }
                }
            }
            for (queue, endings) in endings {
                group.addTask {
                    await self.persist(endings.map(\.id)) { store throws(JobError) in
                        try await store.finish(endings, queue: queue)
                    }
                }
            }
        }
    }

    private func putBack(_ item: Ended) async {
        let job = item.job.claimed
        await persist([job.id]) { store throws(JobError) in
            switch item.write {
            case .retry(let delay, let end):
                let maxRetries = item.job.options.retries.maxRetries
                return [
                    try await store.retry(
                        job,
                        after: delay,
                        report: nil,
                        error: end.error ?? "",
                        attempt: end,
                        maxRetries: maxRetries
                    )
                ]
            case .snooze(let delay): return [try await store.snooze(job, for: delay)]
            case .release: return try await store.release([job], queue: job.id.queue, worker: self.worker)
            case .finish, .nothing: return []
            }
        }
    }

    /// Repeats a write until Redis has answered it.
    private func persist(
        _ ids: [JobID],
        _ write: @Sendable (JobStore) async throws(JobError) -> [LeaseReply]
    ) async {
        var backoff = Backoff()
        // This call has a wake-up of its own, since one has a single waiter and several writes may wait at the same
        // time.
        let pause = WakeUp(eventLoop: eventLoop)
        while true {
            do throws(JobError) {
                for (id, reply) in zip(ids, try await write(store)) where reply == .stale {
                    vitals.refused()
                    refused(id)
                }
                return
            } catch {
                guard error.redis?.isOutage == true, !state.withLock(\.isLastCall) else {
                    // A repetition would not mend this error, or there is no more time for one. The lease runs out, and
                    // the job is rescued.
                    for id in ids {
                        logger.error(
                            "the end of an attempt was not taken",
                            metadata: ["job": "\(id)", "error": "\(error)"]
                        )
                    }
                    return
                }
                logger.warning("holding the ends of attempts", metadata: ["jobs": "\(ids.count)", "error": "\(error)"])
                await pause.wait(backoff.next(after: error.redis))
            }
        }
    }

    private func refused(_ id: JobID) {
        logger.warning("lease lost: the attempt's end counts no more", metadata: ["job": "\(id)"])
    }
}
