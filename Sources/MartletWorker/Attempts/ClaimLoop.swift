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
    /// The reason why no place is filled although some are free: a suspect.
    private struct Seclusion {
        /// The queue of the suspect.
        let queue: String
        /// True while the suspect runs; false while it waits until all other jobs have ended.
        let isAlone: Bool
    }
    private let configuration: WorkerConfiguration
    /// The claims as they are when the loop begins: none was made.
    private let noClaims: Claims
    /// The most jobs of one claim.
    ///
    /// It is half of the places, so that under load one half runs while Redis ends and claims the other. With all
    /// places in one call each side would wait for the other.
    private let most: Int
    private let running: RunningJobs
    private let doorbell: Doorbell
    private let pause: WakeUp
    private let logger: Logger

    /// The longest wait of an idle worker between two looks, which is also the most that a lost ring of the doorbell
    /// costs.
    ///
    /// It is a third of the lease when that is less than 5 s, since Redis counts as away when no worker was heard of
    /// for half a lease.
    private let longestWait: Duration

    init(_ worker: WorkerContext, doorbell: Doorbell) {
        self.configuration = worker.configuration
        self.noClaims = Claims(worker)
        self.most = max(1, worker.configuration.concurrency / 2)
        self.longestWait = min(worker.configuration.longestWait, worker.configuration.lease / 3)
        self.running = worker.running
        self.doorbell = doorbell
        self.pause = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Makes ``run(_:_:)`` return soon.
    ///
    /// Jobs that were claimed are still handed over.
    func stop() {
        pause.stop()
        running.freed.raise()
        doorbell.wake()
    }

    /// Claims until ``stop()`` or, where the configuration says so, until the queues are empty.
    func run(_ runner: AttemptRunner, _ keeper: LeaseKeeper) async {
        var claims = noClaims
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
                // The claim that filled the last place has rung for its own queue (the end of lua/job/claim.lua). When
                // the jobs of the others fall due may be known only here.
                if isKeepingTime, configuration.queues.queues.count > 1 { await doorbell.ringAll() }
                isKeepingTime = false
                if let secluded = seclusion {
                    if running.count > 0 { await running.freed.wait(longestWait) }
                    seclusion = await renew(secluded, &claims)
                    running.seclude(seclusion != nil)
                    first = secluded.queue
                } else {
                    await running.freed.wait()
                }
                continue
            }
            let wasIdle = running.count == 0
            let round = await round(&claims, first: first, isRung: isRung, runner, keeper)
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
        await claims.disclaim()
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
        _ claims: inout Claims,
        first: String?,
        isRung: Bool,
        _ runner: AttemptRunner,
        _ keeper: LeaseKeeper
    ) async -> Round {
        var random = SystemRandomNumberGenerator()
        var round = Round()
        // The queues of unanswered claims come first: the leases of what those took run already, and this worker may
        // not be idle.
        let unanswered = claims.unanswered
        let early = unanswered + (first.map { [$0] } ?? []).filter { !unanswered.contains($0) }
        for queue in early + configuration.queues.round(using: &random).filter({ !early.contains($0) }) {
            let free = running.free
            guard free > 0 else {
                round.isDrained = false
                return round
            }
            do throws(JobError) {
                if !isRung, try await claims.isStillEmpty(queue) { continue }
                let claim = try await claims.claim(queue, limit: min(free, most))
                doorbell.followed(queue)
                for job in claim.jobs {
                    runner.start(job)
                    keeper.arm()
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
    private func renew(_ seclusion: Seclusion, _ claims: inout Claims) async -> Seclusion? {
        guard running.count > 0 else { return nil }
        do throws(JobError) {
            let isWanted = try await claims.claim(seclusion.queue, limit: 0).seclusion == .wanted
            return seclusion.isAlone || isWanted ? seclusion : nil
        } catch {
            logger.report(error, "claim failed, trying again")
            return seclusion
        }
    }
}
