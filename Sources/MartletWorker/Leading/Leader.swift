internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Stands for leader: renews the lease at two thirds of it, or sleeps until the lease of whoever leads would end, or
/// that one resigns.
///
/// At a stop it resigns itself, so that another one takes over.
final class Leader: Sendable {
    private let worker: WorkerContext
    private let leadership: Leadership
    private let lease: Duration
    private let changed: WakeUp
    private let signal: WakeUp
    private let logger: Logger

    /// `changed` is raised when this process begins to lead, and when it has ceased to.
    init(_ worker: WorkerContext, changed: WakeUp) {
        self.worker = worker
        self.leadership = worker.leadership
        self.lease = worker.configuration.leaderLease
        self.changed = changed
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Stands for leader now: whoever led has resigned, or this process was told that it leads no more.
    func stand() {
        signal.raise()
    }

    /// Stops firing at once.
    func stop() {
        signal.stop()
    }

    func run() async {
        var backoff = Backoff()
        while !signal.isStopped {
            let asked = ContinuousClock.now
            let wait: Duration
            do throws(JobError) {
                wait = take(try await worker.store.lead(worker.id, lease: lease), asked: asked)
                backoff = Backoff()
            } catch {
                wait = min(backoff.next(after: error.redis), lease / 3)
                logger.report(error, "not heard as leader, trying again")
            }
            await signal.wait(wait)
        }
        leadership.close()
        guard let term = leadership.lose() else { return }
        do throws(JobError) {
            guard try await worker.store.resign(worker.id) else { return }
            logger.info("resigned", metadata: ["term": "\(term)"])
            try await worker.store.offerLead(butNotTo: worker.id)
        } catch {
            // Its lease ends by itself.
            logger.report(error, "lead not handed over")
        }
    }

    /// - Returns: how long until it is to ask again.
    private func take(_ candidacy: Candidacy, asked: ContinuousClock.Instant) -> Duration {
        switch candidacy {
        case .leading(let term, let isNew):
            if leadership.hold(term, until: asked + lease) {
                logger.info(isNew ? "leading" : "leading again", metadata: ["term": "\(term)"])
                changed.raise()
            }
            return lease * 2 / 3
        case .standingBy(let leader, let left):
            if let term = leadership.lose() {
                logger.warning("lost the lead", metadata: ["term": "\(term)", "leader": "\(leader ?? "nobody")"])
                changed.raise()
            }
            // Not all at once.
            return left + .milliseconds(Int.random(in: 1...250))
        }
    }
}
