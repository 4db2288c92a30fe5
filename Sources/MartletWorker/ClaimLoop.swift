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
    private let doorbell: Doorbell
    private let pause: Signal
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
        self.doorbell = doorbell
        self.pause = worker.makeSignal()
        self.logger = worker.logger
    }

    /// Has ``run(_:)`` return soon: what was claimed is still handed over.
    func stop() {
        isStopped.withLock { $0 = true }
        running.freed.raise()
        doorbell.signal.raise()
        pause.raise()
    }

    func run(_ start: (ClaimedJob) -> Void) async {
        var positions: [String: Position] = [:]
        var backoff = Backoff()
        while !isStopped.withLock({ $0 }) {
            guard running.free > 0 else {
                await doorbell.passOn()
                await running.freed.wait()
                continue
            }
            do throws(JobError) {
                let (next, isDrained) = try await round(&positions, start)
                backoff = Backoff()
                if isDrained {
                    await doorbell.listen(for: min(next ?? Self.longestWait, Self.longestWait))
                }
            } catch {
                let delay = backoff.next()
                logger.warning(
                    "claim failed, trying again",
                    metadata: ["error": "\(error)", "in": "\(delay.formatted)"]
                )
                await pause.wait(delay)
            }
        }
    }

    /// Claims once from each queue while there is room.
    /// - Returns: how long until something falls due, and whether the queues had less than there was room for.
    private func round(
        _ positions: inout [String: Position],
        _ start: (ClaimedJob) -> Void
    ) async throws(JobError) -> (next: Duration?, isDrained: Bool) {
        var random = SystemRandomNumberGenerator()
        var next: Duration?
        var hasMore = false
        for queue in configuration.queues.round(using: &random) {
            let free = running.free
            guard free > 0 else { return (next, false) }
            let claim = try await claim(queue, limit: free, &positions[queue, default: Position()])
            for job in claim.jobs {
                start(job)
            }
            hasMore = hasMore || claim.more
            next = [next, claim.next].compactMap { $0 }.min()
        }
        return (next, !hasMore && running.free > 0)
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
