internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Claims jobs for free places, and waits for the doorbell when there are none to claim.
///
/// 1. Wait until a place is free.
/// 2. Claim for the free places, at most half of all places with one call, queue after queue in the order of the round.
///    Hand each job over to be started.
/// 3. When the queues had fewer jobs than there was room for, wait for the doorbell, for the next job to fall due or
///    for the next lease to run out, at most five seconds. Then begin again. When the doorbell did not ring, a queue
///    that was empty is only asked whether it still is.
///
/// A job that may have killed its worker, a suspect, runs alone. A worker that runs nothing may be given one, and
/// claims nothing else until it has ended. When no worker is idle, Redis asks one of them to empty itself.
///
/// No error ends the loop. It tries again after a pause that grows with each error and is drawn at random.
final class ClaimLoop: Sendable {
    private struct Position {
        var number = 0
        /// True when the reply to the last claim was lost and has to be asked for again.
        var isUnanswered = false
        /// The time of the last claim when that found nothing in the queue; nil when it found something.
        var emptied: ContinuousClock.Instant?
    }
    /// The reason why no place is filled although some are free: a suspect.
    private struct Seclusion {
        /// The queue of the suspect.
        let queue: String
        /// True while the suspect runs; false while it waits until all other jobs have ended.
        let isAlone: Bool
    }
    private let store: JobStore
    private let configuration: WorkerConfiguration
    private let worker: String
    private let types: [HandledType]
    /// The most jobs of one claim.
    ///
    /// It is half of the places, so that under load one half runs while Redis ends and claims the other. With all
    /// places in one call each side would wait for the other.
    private let most: Int
    private let running: RunningJobs
    private let vitals: Vitals
    private let doorbell: Doorbell
    private let pause: WakeUp
    private let logger: Logger

    /// The longest time for which a look at an empty queue (`EXISTS`) may replace a claim.
    ///
    /// A server that serves reads but refuses writes would otherwise look healthy.
    private let longestLook: Duration
    /// The longest wait of an idle worker between two looks, which is also the most that a lost ring of the doorbell
    /// costs.
    ///
    /// It is a third of the lease when that is less than 5 s, since Redis counts as away when no worker was heard of
    /// for half a lease.
    private let longestWait: Duration

    /// The time that a stop waits for a Redis that does not answer.
    private static let longestFarewell = Duration.seconds(5)

    init(_ worker: WorkerContext, doorbell: Doorbell) {
        self.store = worker.store
        self.configuration = worker.configuration
        self.worker = worker.id
        self.types = worker.handledTypes
        self.most = max(1, worker.configuration.concurrency / 2)
        self.longestWait = min(.seconds(5), worker.configuration.lease / 3)
        self.longestLook = min(.seconds(60), worker.configuration.watchdog / 3)
        self.running = worker.running
        self.vitals = worker.vitals
        self.doorbell = doorbell
        self.pause = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Makes ``run(_:)`` return soon.
    ///
    /// Jobs that were claimed are still handed over.
    func stop() {
        pause.stop()
        running.freed.raise()
        doorbell.wake()
    }

    func run(_ start: (ClaimedJob) -> Void) async {
        var positions: [String: Position] = [:]
        var backoff = Backoff()
        // True when perhaps only this worker knows when the next job of some queue falls due.
        var isKeepingTime = false
        var seclusion: Seclusion?
        // The queue for whose suspect this worker has emptied itself.
        var first: String?
        var isRung = true
        while !pause.isStopped {
            guard running.free > 0 else {
                await doorbell.passOn()
                // The claim that filled the last place has rung for its own queue.
                if isKeepingTime, configuration.queues.queues.count > 1 { await doorbell.ringAll() }
                isKeepingTime = false
                if let secluded = seclusion {
                    if running.count > 0 { await running.freed.wait(longestWait) }
                    seclusion = await renew(secluded, &positions)
                    running.seclude(seclusion != nil)
                    first = secluded.queue
                } else {
                    await running.freed.wait()
                }
                continue
            }
            let wasIdle = running.count == 0
            let round = await round(&positions, first: first, isRung: isRung, start)
            first = nil
            isRung = true
            seclusion = round.seclusion
            running.seclude(seclusion != nil)
            if let error = round.error {
                let delay = backoff.next(after: error.redis)
                logger.report(error, "claim failed, trying again", metadata: ["in": "\(delay.formatted)"])
                await pause.wait(delay)
            } else {
                backoff = Backoff()
                isKeepingTime = isKeepingTime || round.next != nil
                if round.isDrained, configuration.endsWhenEmpty {
                    if wasIdle, running.count == 0 { break }
                    await running.freed.wait()
                } else if round.isDrained {
                    isRung = await doorbell.listen(for: min(round.next ?? longestWait, longestWait))
                }
            }
        }
        await doorbell.passOn()
        await giveBack(&positions)
    }

    /// Gives back the jobs of claims whose replies were lost.
    ///
    /// They have no handler here, so none of them loses an attempt.
    ///
    /// It tries for 5 s, as long as a stop may take to write what is left.
    private func giveBack(_ positions: inout [String: Position]) async {
        let deadline = ContinuousClock.now + Self.longestFarewell
        var backoff = Backoff()
        let rest = WakeUp(eventLoop: store.redis.eventLoop)
        while let queue = positions.filter(\.value.isUnanswered).keys.min() {
            do throws(JobError) {
                let jobs = try await claim(queue, limit: 0, &positions).jobs
                guard !jobs.isEmpty else { continue }
                _ = try await store.release(jobs, queue: queue, worker: worker)
                logger.info("given back what an unanswered claim took", metadata: ["jobs": "\(jobs.count)"])
            } catch {
                let delay = backoff.next(after: error.redis)
                guard error.redis?.isOutage == true, .now + delay < deadline else {
                    return logger.warning(
                        "an unanswered claim is left to its leases",
                        metadata: ["queue": "\(queue)", "error": "\(error)"]
                    )
                }
                await rest.wait(delay)
            }
        }
    }

    private struct Round {
        /// The time until something falls due; nil when nothing does.
        var next: Duration?
        /// True when the queues had fewer jobs than there was room for.
        var isDrained = true
        /// The seclusion that a suspect calls for: it was claimed, or waits for this worker to be empty.
        var seclusion: Seclusion?
        /// The last error of a queue; the others were served all the same.
        var error: JobError?
    }

    /// Claims once from each queue while there is room, up to the first one that has more.
    ///
    /// It stops there so that a place that became free meanwhile is filled in the order of the queues, too, and not
    /// from the next one.
    private func round(
        _ positions: inout [String: Position],
        first: String?,
        isRung: Bool,
        _ start: (ClaimedJob) -> Void
    ) async -> Round {
        var random = SystemRandomNumberGenerator()
        var round = Round()
        // The queues of unanswered claims come first: the leases of what those took run already, and this worker may
        // not be idle.
        let unanswered = positions.filter(\.value.isUnanswered).keys.sorted()
        let early = unanswered + (first.map { [$0] } ?? []).filter { !unanswered.contains($0) }
        for queue in early + configuration.queues.round(using: &random).filter({ !early.contains($0) }) {
            let free = running.free
            guard free > 0 else {
                round.isDrained = false
                return round
            }
            do throws(JobError) {
                if !isRung, try await isEmpty(queue, positions) { continue }
                let claim = try await claim(queue, limit: min(free, most), &positions)
                doorbell.followed(queue)
                for job in claim.jobs {
                    start(job)
                }
                for id in claim.unreadable {
                    let shown = Printable.escaped("\(queue)/\(id)", limit: 200)
                    logger.error("a job's hash is damaged: left to its lease", metadata: ["job": "\(shown)"])
                }
                guard claim.seclusion == .none else {
                    round.isDrained = false
                    round.seclusion = Seclusion(queue: queue, isAlone: claim.seclusion == .alone)
                    return round
                }
                guard !claim.more else {
                    round.isDrained = false
                    return round
                }
                round.next = [round.next, claim.next].compactMap { $0 }.min()
            } catch {
                round.error = error
            }
        }
        round.isDrained = round.isDrained && running.free > 0
        return round
    }

    /// Asks Redis whether the seclusion lasts, which also keeps other workers from emptying themselves.
    /// - Returns: nil when this worker is empty, or when another one has taken the suspect.
    private func renew(_ seclusion: Seclusion, _ positions: inout [String: Position]) async -> Seclusion? {
        guard running.count > 0 else { return nil }
        do throws(JobError) {
            let isWanted = try await claim(seclusion.queue, limit: 0, &positions).seclusion == .wanted
            return seclusion.isAlone || isWanted ? seclusion : nil
        } catch {
            logger.report(error, "claim failed, trying again")
            return seclusion
        }
    }

    /// Tells whether a queue in which the last claim found nothing is still empty, at half the cost of a claim.
    private func isEmpty(_ queue: String, _ positions: [String: Position]) async throws(JobError) -> Bool {
        guard let position = positions[queue], let emptied = position.emptied, !position.isUnanswered,
            .now - emptied < longestLook
        else { return false }
        guard try await store.isEmpty(queue: queue) else { return false }
        vitals.claimed()
        return true
    }

    private func claim(
        _ queue: String,
        limit: Int,
        _ positions: inout [String: Position]
    ) async throws(JobError) -> Claim {
        // The jobs that an unanswered claim took count as this worker's, too.
        let isAnswered = !positions.values.contains(where: \.isUnanswered)
        let isIdle = running.count == 0 && isAnswered
        if isAnswered { running.forgetOrders() }
        var position = positions[queue, default: Position()]
        defer { positions[queue] = position }
        if !position.isUnanswered { position.number += 1 }
        let again = position.isUnanswered
        position.isUnanswered = true
        do throws(JobError) {
            let claim = try await store.claim(
                queue: queue,
                worker: worker,
                limit: limit,
                lease: configuration.lease,
                number: position.number,
                again: again,
                crashLimit: configuration.crashLimit,
                isIdle: isIdle,
                types: types
            )
            position.isUnanswered = false
            position.emptied = claim.isEmpty ? .now : nil
            position.number = claim.lastNumber ?? position.number
            vitals.claimed()
            return claim
        } catch {
            // A claim stays unanswered until an answer comes, even when this repetition was not sent.
            position.isUnanswered = again || (error.redis?.mayHaveBeenApplied ?? true)
            throw error
        }
    }
}
