internal import Logging
internal import Martlet
internal import NIOCore
internal import Synchronization

/// Deletes finished jobs that are past retention: a small batch every ten seconds, every five minutes while no jobs end
/// here, and one after the other while there is more, so that it keeps up under load without holding Redis. Where an
/// archiver takes finished jobs, those that it has not taken yet go by their number only.
final class Pruner: Sendable {
    private let store: JobStore
    private let queues: [String]
    private let retention: Retention
    private let vitals: Vitals
    private let signal: WakeUp
    private let logger: Logger
    private let isStopped = Mutex(false)

    private static let period = Duration.seconds(10)
    /// Periods that are let pass while no jobs end here.
    private static let idlePeriods = 29
    /// Between batches while there is more: room for the jobs that run meanwhile.
    private static let rest = Duration.milliseconds(5)
    /// Jobs deleted with one call for each of its nine rules: a few milliseconds of Redis at the most.
    private static let batch = 50

    init(_ worker: WorkerContext) {
        self.store = worker.store
        self.queues = worker.queues
        self.retention = worker.configuration.retention
        self.vitals = worker.vitals
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    func stop() {
        isStopped.withLock { $0 = true }
        signal.raise()
    }

    func run() async {
        var ended = -1
        var passed = 0
        while !isStopped.withLock({ $0 }) {
            let endedNow = vitals.now.ended
            if endedNow == ended, passed < Self.idlePeriods {
                passed += 1
                await signal.wait(Self.period)
                continue
            }
            (ended, passed) = (endedNow, 0)
            var isBehind = false
            do throws(JobError) {
                let isArchived = try await store.hasArchiver()
                for queue in queues {
                    let deleted = try await store.prune(
                        queue: queue,
                        limit: Self.batch,
                        successful: isArchived ? nil : retention.successful,
                        others: isArchived ? nil : retention.others,
                        maxJobs: isArchived ? max(retention.maxJobs, retention.maxUnarchived) : retention.maxJobs
                    )
                    isBehind = isBehind || deleted >= Self.batch
                }
            } catch {
                logger.report(error, "prune failed, trying again")
            }
            if isBehind { ended = -1 }
            await signal.wait(isBehind ? Self.rest : Self.period)
        }
    }
}
