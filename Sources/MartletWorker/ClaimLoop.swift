internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Takes jobs for free places, and waits for the doorbell when there are none to take.
///
/// 1. Wait until a place is free.
/// 2. Claim for all free places, queue after queue in the round's order; hand each job over to be started.
/// 3. When the queues had less than there was room for, wait: for the doorbell, for the next job to fall due or lease
///    to run out, at most five seconds. Then begin again.
///
/// An error ends nothing: it is waited out, with a growing and jittered pause.
final class ClaimLoop: Sendable {
    private struct Position {
        var number = 0
        /// The reply to the last claim was lost; it has to be asked for again.
        var isUnanswered = false
    }
    private let store: JobStore
    private let configuration: WorkerConfiguration
    private let worker: String
    private let types: [RedisArgument]
    private let running: RunningJobs
    private let vitals: Vitals
    private let doorbell: Doorbell
    private let pause: WakeUp
    private let logger: Logger
    private let isStopped = Mutex(false)

    /// The longest wait between claims of an idle worker: what a lost ring of the doorbell costs at most.
    private static let longestWait = Duration.seconds(5)

    init(_ worker: WorkerContext, doorbell: Doorbell) {
        self.store = worker.store
        self.configuration = worker.configuration
        self.worker = worker.id
        self.types = worker.types.map { RedisArgument($0) }
        self.running = worker.running
        self.vitals = worker.vitals
        self.doorbell = doorbell
        self.pause = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Has ``run(_:)`` return soon: what was claimed is still handed over.
    func stop() {
        isStopped.withLock { $0 = true }
        running.freed.raise()
        doorbell.wake()
        pause.raise()
    }

    func run(_ start: (ClaimedJob) -> Void) async {
        var positions: [String: Position] = [:]
        var backoff = Backoff()
        // Whether this worker alone may know when the next job of some queue falls due.
        var isKeepingTime = false
        while !isStopped.withLock({ $0 }) {
            guard running.free > 0 else {
                await doorbell.passOn()
                // The claim that filled the last place has rung for its own queue.
                if isKeepingTime, configuration.queues.queues.count > 1 { await doorbell.ringAll() }
                isKeepingTime = false
                await running.freed.wait()
                continue
            }
            let round = await round(&positions, start)
            if let error = round.error {
                let delay = backoff.next()
                logger.report(error, "claim failed, trying again", metadata: ["in": "\(delay.formatted)"])
                await pause.wait(delay)
            } else {
                backoff = Backoff()
                isKeepingTime = isKeepingTime || round.next != nil
                if round.isDrained {
                    await doorbell.listen(for: min(round.next ?? Self.longestWait, Self.longestWait))
                }
            }
        }
        await doorbell.passOn()
    }

    private struct Round {
        /// Until something falls due.
        var next: Duration?
        /// The queues had less than there was room for.
        var isDrained = true
        /// What went wrong with one of them; the others were served all the same.
        var error: JobError?
    }

    /// Claims once from each queue while there is room, up to the first that has more: a place that became free meanwhile
    /// goes by the order too, and not to the next queue.
    private func round(_ positions: inout [String: Position], _ start: (ClaimedJob) -> Void) async -> Round {
        var random = SystemRandomNumberGenerator()
        var round = Round()
        for queue in configuration.queues.round(using: &random) {
            let free = running.free
            guard free > 0 else {
                round.isDrained = false
                return round
            }
            do throws(JobError) {
                let claim = try await claim(queue, limit: free, &positions[queue, default: Position()])
                vitals.claimed(at: claim.now)
                for job in claim.jobs {
                    start(job)
                }
                for id in claim.unreadable {
                    let shown = Printable.escaped("\(queue)/\(id)", limit: 200)
                    logger.error("a job's hash is damaged: left to its lease", metadata: ["job": "\(shown)"])
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

    private func claim(_ queue: String, limit: Int, _ position: inout Position) async throws(JobError) -> Claim {
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
                types: types
            )
            position.isUnanswered = false
            return claim
        } catch {
            // Once unanswered it stays so until there is an answer, also when this time it was not even sent.
            position.isUnanswered = again || (error.redis?.mayHaveBeenApplied ?? true)
            throw error
        }
    }
}
