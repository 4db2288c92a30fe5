internal import Logging
internal import Martlet
internal import NIOCore

/// Deletes finished jobs that are past retention.
///
/// It looks every ten seconds, every second while there were some, and every five minutes while no jobs end here. While
/// there are more than a batch it goes on with larger and larger batches, so that it keeps up with as many jobs as end
/// without holding Redis up. Where an archiver takes finished jobs, those that it has not taken yet are deleted by
/// their number only, and not by their age.
///
/// It also looks at queues that no worker has served for some minutes, with this worker's retention, since nobody else
/// would delete their jobs.
final class Pruner: Sendable {
    private let store: JobStore
    private let queues: [String]
    private let retention: Retention
    private let vitals: Vitals
    private let signal: WakeUp
    private let logger: Logger

    private let period: Duration

    /// The number of periods that pass without a look while no jobs end here, and between looks for queues that nobody
    /// serves.
    private static let idlePeriods = 29
    /// The pause after a look that found some jobs.
    private static let briefPeriod = Duration.seconds(1)
    /// The pause between batches while there are more, in which Redis serves the running jobs.
    private static let rest = Duration.milliseconds(5)
    /// The number of jobs that one call deletes, which takes Redis one or two milliseconds at most.
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
            // More jobs are left, even if none ends here any more.
            let isBehind = most >= batch
            if isBehind { ended = -1 }
            batch = isBehind ? min(2 * batch, Self.batches.upperBound) : Self.batches.lowerBound
            await signal.wait(isBehind ? Self.rest : most > 0 ? Self.briefPeriod : period)
        }
    }

    /// The queues that nobody serves, as far as this worker knows.
    private struct Unserved {
        var looked: ContinuousClock.Instant?
        /// Queues that nobody served at the last look.
        var suspected: Set<String> = []
        /// Queues that nobody served at the look before either, so that a restart or a deploy makes no queue unserved.
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
