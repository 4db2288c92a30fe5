internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// Fires schedules while this process leads.
///
/// 1. Ask what is due, with one call. When nothing is, sleep until the next slot or until the bell rings.
/// 2. Deliver the jobs that an earlier firing, or an operator, left in the pending list.
/// 3. Decide what becomes of each slot: ``SlotPlan``.
/// 4. Fire a batch with one call, which decides each slot once, and deliver its jobs.
///
/// No error ends the loop. It tries again after a pause that grows with each error, up to one second, and is drawn at
/// random.
final class Scheduler: Sendable {
    private let worker: WorkerContext
    private let leadership: Leadership
    private let leader: Leader
    private let signal: WakeUp
    private let bell: ScheduleBell
    private let logger: Logger

    /// The longest sleep, after which news is seen whose ring was lost, or for which a script of an older release did
    /// not ring.
    static let longestWait = Duration.seconds(60)
    /// The longest pause before something that failed is tried again.
    private static let retryWait = Duration.seconds(1)
    /// The most schedules that one call looks up, and the most jobs that one call fires.
    private static let batch = 500
    /// The lateness of a slot, in milliseconds, from which on it gets a line in the log.
    private static let late = 5000

    /// Makes a scheduler.
    ///
    /// `signal` is raised when this process begins to lead or has ceased to, and when there is news for it.
    init(_ worker: WorkerContext, leader: Leader, signal: WakeUp, bell: ScheduleBell) {
        self.worker = worker
        self.leadership = worker.leadership
        self.leader = leader
        self.signal = signal
        self.bell = bell
        self.logger = worker.logger
    }

    func stop() {
        signal.stop()
    }

    func run() async {
        var planner = SlotPlanner(store: worker.store)
        var watch = UndeclaredWatch()
        var backoff = Backoff()
        var hasLed = false
        while !signal.isStopped {
            guard let term = leadership.term else {
                watch.forget()
                // The last ring heard here may have been meant for the process that leads now.
                if hasLed { await bell.passOn() }
                hasLed = false
                await signal.wait()
                continue
            }
            hasLed = true
            bell.listen()
            do throws(JobError) {
                let wait = try await round(term, &planner, &watch)
                backoff = Backoff()
                if let wait { await signal.wait(wait) }
            } catch {
                let wait = min(backoff.next(after: error.redis), Self.retryWait)
                logger.report(error, "schedules not fired, trying again", metadata: ["in": "\(wait.formatted)"])
                await signal.wait(wait)
            }
        }
    }

    /// Does one round of the steps above.
    /// - Returns: the time for which there is nothing to do; nil for none.
    private func round(
        _ term: Int,
        _ planner: inout SlotPlanner,
        _ watch: inout UndeclaredWatch
    ) async throws(JobError) -> Duration? {
        let work = try await worker.store.due(limit: Self.batch)
        let pending = work.pending > 0 ? try await deliver() : []
        if watch.isDue(.now) { try await disable(work.now, term, &watch) }
        guard !work.schedules.isEmpty else { return Self.rest(until: work.next, isDelivered: pending.isEmpty) }
        let firings = try await planner.plan(work, pending: pending)
        for problem in planner.takeProblems() { note(problem) }
        note(late: firings, now: work.now)
        var hasMoved = false
        for batch in Self.batches(firings) {
            // Nothing more is fired once the leadership may be over.
            guard leadership.term == term else { return nil }
            switch try await worker.store.fire(batch, leader: worker.id, term: term) {
            case .decided(let words):
                hasMoved = hasMoved || words.contains { !["stale", "changed", "early"].contains($0) }
            case .deposed:
                leadership.lose()
                leader.stand()
                logger.warning("lost the lead: a slot was refused", metadata: ["term": "\(term)"])
                return nil
            case .full:
                logger.warning("jobs of schedules can't be delivered: no slot is fired until they are")
                _ = try await deliver()
                return Self.retryWait
            }
            _ = try await deliver()
        }
        return hasMoved ? nil : .milliseconds(50)
    }

    /// The time to sleep when nothing is due.
    static func rest(until next: Duration?, isDelivered: Bool) -> Duration {
        min(next ?? longestWait, isDelivered ? longestWait : retryWait)
    }

    /// Delivers the jobs of the pending list to their queues.
    /// - Returns: the jobs that are left in the list.
    private func deliver() async throws(JobError) -> Set<JobID> {
        let rest = try await Delivery(worker.store).run()
        for (queue, sequence) in rest.disowned {
            logger.warning(
                "a queue was given a sequence that no schedule has reached: its jobs of schedules are taken again",
                metadata: ["queue": "\(queue)", "sequence": "\(sequence)"]
            )
        }
        if let error = rest.error {
            logger.report(
                error,
                "jobs of schedules not delivered, trying again",
                metadata: ["jobs": "\(rest.jobs.count)"]
            )
        }
        return rest.jobs
    }

    private func disable(_ now: Int, _ term: Int, _ watch: inout UndeclaredWatch) async throws(JobError) {
        let silent = try await worker.store.undeclared(before: now - UndeclaredWatch.silence)
        let gone = watch.look(silent, .now)
        guard !gone.isEmpty else { return }
        for name in try await worker.store.undeclare(gone, leader: worker.id, term: term) ?? [] {
            logger.warning("schedule disabled: no program declares it any more", metadata: ["schedule": "\(name)"])
        }
    }

    private func note(_ problem: SlotPlanner.Problem) {
        logger.error(
            "schedule left alone: this worker can't read it",
            metadata: ["schedule": "\(Printable.escaped(problem.schedule, limit: 100))", "reason": "\(problem.reason)"]
        )
    }

    private func note(late firings: [Firing], now: Int) {
        let late = firings.compactMap { $0.lateness(at: now) }.filter { $0 >= Self.late }
        guard let latest = late.max() else { return }
        logger.warning(
            "firing late",
            metadata: ["schedules": "\(late.count)", "by": "\(Duration.milliseconds(latest).formatted)"]
        )
    }

    /// Splits firings into batches for one call each, which takes Redis a few tens of milliseconds.
    private static func batches(_ firings: [Firing]) -> [[Firing]] {
        var batches: [[Firing]] = []
        var batch: [Firing] = []
        var (jobs, bytes) = (0, 0)
        for firing in firings {
            let size = firing.jobs.reduce(0) { $0 + $1.size }
            if !batch.isEmpty, jobs + firing.jobs.count > Self.batch || bytes + size > 1 << 20 {
                batches.append(batch)
                (batch, jobs, bytes) = ([], 0, 0)
            }
            batch.append(firing)
            jobs += firing.jobs.count
            bytes += size
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}
