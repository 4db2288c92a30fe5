internal import Algorithms
internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Renews the leases of running jobs and watches their time limits.
///
/// It gives up handlers that do not stop, or that get no thread to begin on; a job whose handler did not begin goes
/// back to the queue.
///
/// All of it happens on the thread of the event loop, with one script for each queue, so handlers that block every
/// thread of Swift's pool cost a worker neither its leases nor its sense of time. While nothing runs it has no timer.
final class LeaseKeeper: Sendable {
    private let store: JobStore
    private let running: RunningJobs
    private let lease: Duration
    private let queues: [String]
    private let stuckGrace: Duration
    private let vitals: Vitals
    private let eventLoop: any EventLoop
    private let logger: Logger
    /// The instant of the next renewal; nil while nothing runs.
    private let nextRenewal: Mutex<ContinuousClock.Instant?> = Mutex(nil)
    private let runner: AttemptRunner

    /// The time between two checks, short enough that a short lease is renewed in time.
    private let step: TimeAmount

    init(_ worker: WorkerContext, runner: AttemptRunner) {
        self.store = worker.store
        self.running = worker.running
        self.lease = worker.configuration.lease
        self.step = TimeAmount(min(.milliseconds(250), worker.configuration.lease / 24))
        // After an outage workers get the time of one lease to renew.
        self.store.redis.restAtMost(worker.configuration.lease / 3)
        self.queues = worker.queues
        self.stuckGrace = worker.configuration.stuckGrace
        self.vitals = worker.vitals
        self.eventLoop = worker.eventLoop
        self.logger = worker.logger
        self.runner = runner
    }

    /// Starts the timer when it does not run; called when jobs were added to the running ones.
    func arm() {
        let isFirst = nextRenewal.withLock { next in
            defer { next = next ?? .now + lease / 3 }
            return next == nil
        }
        if isFirst {
            eventLoop.scheduleTask(in: self.step) { self.check() }
        }
    }

    private func check() {
        let now = ContinuousClock.now
        let jobs = running.all
        let isDue = nextRenewal.withLock { next in
            if jobs.isEmpty {
                next = nil
                return false
            }
            guard let due = next, due <= now else { return false }
            next = now + lease / 3
            return true
        }
        let isBlocked = running.isBlocked
        for job in jobs {
            if job.look(now, lease: lease, isBlocked: isBlocked, grace: stuckGrace) { runner.giveUp(job) }
        }
        // The end of a given-up attempt is written at once, so its lease needs no renewal.
        if isDue { renew(jobs.map { ($0, $0.attempt) }.filter { $1.stop != .leaseLost && !$1.isGivenUp }.map(\.0)) }
        if jobs.isEmpty {
            // A job may have been added after the look and before the timer was marked as stopped.
            if running.count > 0 { arm() }
        } else {
            eventLoop.scheduleTask(in: self.step) { self.check() }
        }
    }

    /// Renews the leases of these jobs, and shows in the other queues of the worker that it lives.
    ///
    /// A full worker claims from none of them, and that must not look as if Redis were away.
    private func renew(_ jobs: [RunningJob]) {
        let held = Dictionary(grouping: jobs, by: { $0.claimed.id.queue })
        for queue in queues where held[queue] == nil {
            store.extend([], queue: queue, lease: lease) { _ in }
        }
        for (queue, jobs) in held.flatMap(Self.batches) {
            let leases = jobs.map { (id: $0.claimed.id.local, token: $0.claimed.token) }
            store.extend(leases, queue: queue, lease: lease) { result in
                switch result {
                case .success(let states):
                    self.vitals.renewed()
                    for (job, state) in zip(jobs, states) {
                        self.apply(state, to: job)
                    }
                case .failure(let error):
                    self.logger.warning("leases not renewed", metadata: ["queue": "\(queue)", "error": "\(error)"])
                    self.nextRenewal.withLock { $0 = $0.map { min($0, .now + min(.seconds(1), self.lease / 6)) } }
                }
            }
        }
    }

    /// Splits a queue's jobs into batches of at most 1,000, one for each call.
    private static func batches(queue: String, jobs: [RunningJob]) -> [(String, [RunningJob])] {
        jobs.chunks(ofCount: 1000).map { (queue, Array($0)) }
    }

    private func apply(_ state: LeaseState, to job: RunningJob) {
        switch state {
        case .ok: break
        case .cancel: job.stop(.cancelled)
        case .stale, .gone:
            // The end of an attempt may have overtaken its renewal; then the handler has ended and this does nothing.
            if job.stop(.leaseLost) { vitals.refused() }
        }
    }
}
