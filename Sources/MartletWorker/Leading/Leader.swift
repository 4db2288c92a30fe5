internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Stands for leader.
///
/// While it leads, it renews the lease at two thirds of it; otherwise it sleeps until the other leader's lease would
/// end, or until that one resigns.
///
/// At a stop it resigns, so that another worker takes over.
final class Leader: Sendable {
    private let worker: WorkerContext
    private let leadership: Leadership
    private let lease: Duration
    private let changed: WakeUp
    private let signal: WakeUp
    private let logger: Logger

    /// Makes a leader, which raises `changed` when this process begins to lead and when it has ceased to.
    init(_ worker: WorkerContext, changed: WakeUp) {
        self.worker = worker
        self.leadership = worker.leadership
        self.lease = worker.configuration.leaderLease
        self.changed = changed
        self.signal = worker.makeWakeUp()
        self.logger = worker.logger
    }

    /// Stands for leader now, because the leader has resigned, or because this process was told that it leads no more.
    func stand() {
        signal.raise()
    }

    /// Stops standing for leader, and has ``run()`` resign.
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
            // The lease ends by itself.
            logger.report(error, "lead not handed over")
        }
    }

    /// Takes in what Redis answered.
    /// - Returns: the time until it is to ask again.
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
            // The workers must not all ask at the same time.
            return left + .milliseconds(Int.random(in: 1...250))
        }
    }
}
