internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Takes jobs for free places, and waits for the doorbell when there are none to take.
///
/// 1. Wait until a place is free.
/// 2. Claim for the free places, half of all at a time, queue after queue in the round's order; hand each job over to
///    be started.
/// 3. When the queues had less than there was room for, wait: for the doorbell, for the next job to fall due or lease
///    to run out, at most five seconds. Then begin again; when it was not the doorbell, a queue that was empty is only
///    asked whether it still is.
///
/// A job that may have killed its worker, a suspect, runs alone: a worker that runs nothing may be given one, and takes
/// nothing else until it has ended. When no worker is idle, Redis asks one to empty itself.
///
/// An error ends nothing: it is waited out, with a growing and jittered pause.
final class ClaimLoop: Sendable {
    private struct Position {
        var number = 0
        /// The reply to the last claim was lost; it has to be asked for again.
        var isUnanswered = false
        /// When the last claim found nothing in the queue; nil when it found something.
        var emptied: ContinuousClock.Instant?
    }
    /// Why no place is to be filled although some are free.
    private struct Seclusion {
        /// Where the suspect is.
        let queue: String
        /// It runs; else it waits until all others have ended.
        let isAlone: Bool
    }
    private let store: JobStore
    private let configuration: WorkerConfiguration
    private let worker: String
    private let types: [HandledType]
    /// Claimed with one call.
    ///
    /// Half of the places, so that under load the one half runs while Redis has the other to end and to claim: with all
    /// of them in one call each would wait for the other.
    private let most: Int
    private let running: RunningJobs
    private let vitals: Vitals
    private let doorbell: Doorbell
    private let pause: WakeUp
    private let logger: Logger

    /// How long a look may stand for a claim: a server that reads and does not write answers looks, but no claim.
    private let longestLook: Duration
    /// The longest wait between looks of an idle worker: what a lost ring of the doorbell costs at most.
    ///
    /// With a short lease it is shorter, since Redis counts as away when nobody is heard of for half a lease.
    private let longestWait: Duration

    /// How long a stop waits for a Redis that does not answer.
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

    /// Has ``run(_:)`` return soon: what was claimed is still handed over.
    func stop() {
        pause.stop()
        running.freed.raise()
        doorbell.wake()
    }

    func run(_ start: (ClaimedJob) -> Void) async {
        var positions: [String: Position] = [:]
        var backoff = Backoff()
        // Whether this worker alone may know when the next job of some queue falls due.
        var isKeepingTime = false
        var seclusion: Seclusion?
        // The queue whose suspect this worker has emptied itself for.
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

    /// Gives back what claims took whose replies were lost: none of these jobs has a handler here, so none of them
    /// loses an attempt.
    ///
    /// Tries for as long as a stop may take to write what is left.
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
        /// Until something falls due.
        var next: Duration?
        /// The queues had less than there was room for.
        var isDrained = true
        /// A suspect came, or waits for this worker to be empty.
        var seclusion: Seclusion?
        /// What went wrong with one of them; the others were served all the same.
        var error: JobError?
    }

    /// Claims once from each queue while there is room, up to the first that has more: a place that became free
    /// meanwhile goes by the order too, and not to the next queue.
    private func round(
        _ positions: inout [String: Position],
        first: String?,
        isRung: Bool,
        _ start: (ClaimedJob) -> Void
    ) async -> Round {
        var random = SystemRandomNumberGenerator()
        var round = Round()
        // What an unanswered claim took comes first: its leases run, and until it is known this worker is not idle.
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

    /// Asks whether the seclusion is to last, which keeps other workers from emptying themselves as well.
    ///
    /// Nil when this worker is empty, or another one has taken the suspect.
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

    /// Whether a queue in which the last claim found nothing is still empty: half of what a claim costs.
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
        // What an unanswered claim took is this worker's too.
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
            position.emptied = claim.now == 0 ? .now : nil
            position.number = claim.lastNumber ?? position.number
            vitals.claimed()
            return claim
        } catch {
            // Once unanswered it stays so until there is an answer, also when this time it was not even sent.
            position.isUnanswered = again || (error.redis?.mayHaveBeenApplied ?? true)
            throw error
        }
    }
}
