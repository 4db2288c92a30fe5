internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Writes the ends of attempts to Redis.
///
/// What ended while two calls were under way goes with the next one: under load in large batches, and alone at once.
/// While Redis is away it holds on to every end and tries again; the leases may run out meanwhile, and then the script
/// refuses the end and another worker's attempt stands.
final class Finisher: Sendable {
    private struct Ended: Sendable { let job: RunningJob, outcome: JobOutcome }

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

    /// Two, so that Redis has the one to do while the other's answer is on its way.
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

    func finish(_ job: RunningJob, _ outcome: JobOutcome) {
        state.withLock { $0.ended.append(Ended(job: job, outcome: outcome)) }
        signal.raise()
    }

    /// No more will come.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.raise()
    }

    /// The process ends: what Redis does not take now is left to the leases.
    func lastCall() {
        state.withLock { $0.isLastCall = true }
    }

    /// Writes until it is closed and has written everything.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let batch = await next() {
                group.addTask {
                    self.running.end(batch.count)
                    // A job that was given up has no other task that could wait for its log.
                    for item in batch where item.job.isGivenUp { await item.job.log.close() }
                    await self.write(batch)
                    self.vitals.ended(batch.count)
                    self.running.remove(batch.lazy.map(\.job))
                    self.state.withLock { $0.underWay -= 1 }
                    self.signal.raise()
                }
            }
        }
    }

    /// What is to be written next; nil when there will be nothing more.
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

    /// One call for all that finish in a queue; those that come back later have a call each, all under way at once.
    private func write(_ ended: [Ended]) async {
        await withDiscardingTaskGroup { group in
            var endings: [String: [JobEnding]] = [:]
            for item in ended {
                let job = item.job.claimed
                let report = item.job.log.report
                func attempt(_ failure: JobFailure) -> AttemptEnd {
                    AttemptEnd(
                        job,
                        failure.end,
                        worker: worker,
                        errorType: failure.errorType,
                        error: failure.error
                    )
                }
                func end(_ outcome: JobEnding.Outcome, _ error: String, _ attempt: AttemptEnd? = nil) {
                    let ending = JobEnding(
                        job,
                        outcome,
                        report: report,
                        error: error,
                        attempt: attempt,
                        retention: item.job.options.retention
                    )
                    endings[job.id.queue, default: []].append(ending)
                }
                switch item.outcome {
                case .successful: end(.successful, item.job.log.reportText.bounded)
                case .error(let failure): end(.error, failure.error, attempt(failure))
                case .cancelled(let failure): end(.cancelled, failure.error, attempt(failure))
                case .abandoned: refused(job.id)
                case .retry(let delay, let failure):
                    let attempt = attempt(failure)
                    let maxRetries = RetryPolicy(item.job.options).maxRetries
                    group.addTask {
                        await self.persist([job.id]) { store throws(JobError) in
                            let error = failure.error
                            return [
                                try await store.retry(
                                    job,
                                    after: delay,
                                    report: report,
                                    error: error,
                                    attempt: attempt,
                                    maxRetries: maxRetries
                                )
                            ]
                        }
                    }
                case .snooze(let delay):
                    group.addTask {
                        await self.persist([job.id]) { store throws(JobError) in
                            [try await store.snooze(job, for: delay)]
                        }
                    }
                case .release:
                    group.addTask {
                        await self.persist([job.id]) { store throws(JobError) in
                            try await store.release([job], queue: job.id.queue, worker: self.worker)
                        }
                    }
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

    /// Repeats a write until Redis has answered it.
    private func persist(
        _ ids: [JobID],
        _ write: @Sendable (JobStore) async throws(JobError) -> [LeaseReply]
    ) async {
        var backoff = Backoff()
        // Its own: a signal has one waiter, and several writes may wait at the same time.
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
                    // Nothing that a repetition would mend, or no more time for one. The lease runs out, and the job
                    // is rescued.
                    for id in ids {
                        logger.error(
                            "the end of an attempt was not taken",
                            metadata: ["job": "\(id)", "error": "\(error)"]
                        )
                    }
                    return
                }
                let delay = backoff.next(after: error.redis)
                logger.warning("holding the ends of attempts", metadata: ["jobs": "\(ids.count)", "error": "\(error)"])
                await pause.wait(delay)
            }
        }
    }

    private func refused(_ id: JobID) {
        logger.warning("lease lost: the attempt's end counts no more", metadata: ["job": "\(id)"])
    }
}
