internal import Logging
internal import Martlet
internal import NIOCore

/// Deletes finished jobs that are past retention: it looks every ten seconds, every second while there were some, and
/// every five minutes while no jobs end here.
///
/// While there are more it goes on with larger and larger batches, so that it keeps up with as many jobs as end,
/// without holding Redis. Where an archiver takes finished jobs, those that it has not taken yet go by their number
/// only.
///
/// Queues that no worker has served for some minutes are looked at as well, with this worker's retention: their jobs
/// would stay for ever.
final class Pruner: Sendable {
    private let store: JobStore
    private let queues: [String]
    private let retention: Retention
    private let vitals: Vitals
    private let signal: WakeUp
    private let logger: Logger

    private let period: Duration

    /// Periods that are let pass while no jobs end here, and between looks for queues that nobody serves.
    private static let idlePeriods = 29
    /// After a look that found some.
    private static let briefPeriod = Duration.seconds(1)
    /// Between batches while there are more: room for the jobs that run meanwhile.
    private static let rest = Duration.milliseconds(5)
    /// Jobs deleted with one call: a millisecond or two of Redis at the most.
    private static let batches = 50...500

    init(_ worker: WorkerContext, period: Duration = .seconds(10)) {
        self.period = period
        self.store = worker.store
        self.queues = worker.queues
        self.retention = worker.configuration.retention
        self.vitals = worker.vitals
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    func stop() {
        signal.stop()
    }

    func run() async {
        var ended = -1
        var passed = 0
        var batch = Self.batches.lowerBound
        var unserved = Unserved()
        while !signal.isStopped {
            let endedNow = vitals.now.ended
            if endedNow == ended, passed < Self.idlePeriods {
                passed += 1
                await signal.wait(period)
                continue
            }
            (ended, passed) = (endedNow, 0)
            var most = 0
            do throws(JobError) {
                let isArchived = try await store.hasArchiver()
                for queue in queues + (try await queues(among: &unserved)) {
                    let deleted = try await store.prune(
                        queue: queue,
                        limit: batch,
                        successful: isArchived ? nil : retention.successful,
                        others: isArchived ? nil : retention.others,
                        maxJobs: isArchived ? max(retention.maxJobs, retention.maxUnarchived) : retention.maxJobs
                    )
                    most = max(most, deleted)
                }
            } catch {
                logger.report(error, "prune failed, trying again")
            }
            // There are more, though none may end here any more.
            let isBehind = most >= batch
            if isBehind { ended = -1 }
            batch = isBehind ? min(2 * batch, Self.batches.upperBound) : Self.batches.lowerBound
            await signal.wait(isBehind ? Self.rest : most > 0 ? Self.briefPeriod : period)
        }
    }

    /// What is known of queues that nobody serves.
    private struct Unserved {
        var looked: ContinuousClock.Instant?
        /// Those that nobody served at the last look.
        var suspected: Set<String> = []
        /// Those that nobody served at the one before it either, so that no restart or deploy makes one of a queue.
        var confirmed: [String] = []
    }

    private func queues(among known: inout Unserved) async throws(JobError) -> [String] {
        if let looked = known.looked, .now - looked < period * Self.idlePeriods { return known.confirmed }
        let unserved = try await store.unservedQueues().filter { !queues.contains($0) }
        known.looked = .now
        known.confirmed = unserved.filter(known.suspected.contains)
        known.suspected = Set(unserved)
        return known.confirmed
    }
}
