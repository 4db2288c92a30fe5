internal import Martlet

/// Decides what becomes of the slots that are due.
///
/// It keeps the schedules as it last read them, so that those that fire often are not read each time.
struct SlotPlanner: Sendable {
    /// A schedule that this process can't read, for example because a newer release wrote it.
    struct Problem: Sendable, Hashable {
        let schedule: String
        let reason: String
    }

    private struct Known: Sendable {
        let read: ReadSchedule
        /// Jobs of the schedule that were seen finished, each with the time at which it had come to its queue.
        ///
        /// A job that somebody restarts comes to its queue anew, at another time.
        var finished: [JobID: Int] = [:]
    }

    private let store: JobStore
    private var known: [String: Known] = [:]
    private var problems: [Problem] = []

    /// The most schedules that are kept in memory; with more, all are forgotten and read anew.
    private static let most = 50_000
    /// The time for which a schedule that this process can't read is left alone.
    private static let pause = Duration.seconds(60)
    /// The time for which a schedule whose queue takes no jobs waits.
    private static let queuePause = Duration.seconds(1)

    init(store: JobStore) {
        self.store = store
    }

    /// Decides what becomes of each schedule that is due.
    ///
    /// A schedule that was changed meanwhile is left for the next call. `pending` are the jobs that no queue has yet,
    /// and that have no hash therefore.
    mutating func plan(_ work: DueWork, pending: Set<JobID>) async throws(JobError) -> [Firing] {
        for due in work.schedules where due.revision == nil { known[due.name] = nil }
        let unknown = work.schedules.filter { $0.revision != nil && known[$0.name]?.read.revision != $0.revision }
        if known.count + unknown.count > Self.most { known = [:] }
        for (name, read) in try await store.read(unknown.map(\.name)) {
            known[name] = Known(read: read)
            if case .failure(let error) = read.schedule {
                problems.append(Problem(schedule: name, reason: error.message))
            }
        }
        let open = try await lookAtJobs(work.schedules, pending: pending)
        let waiting = pending.reduce(into: [String: Int]()) { $0[$1.queue, default: 0] += 1 }
        // A single queue that takes no jobs must not fill the pending list, which all queues share.
        let mostOfQueue = pending.count < 500 ? 100 : 1
        return work.schedules.compactMap { due in
            guard due.revision != nil else { return Firing(due, .hold(Self.pause)) }
            guard let read = known[due.name]?.read, read.revision == due.revision else { return nil }
            return firing(due, read, open[due.name] ?? OpenJobs(), now: work.now) {
                waiting[$0.queue] ?? 0 >= mostOfQueue
            }
        }
    }

    /// Takes out the schedules that could not be read since the last call.
    ///
    /// Each is reported once for as long as nobody changes it.
    mutating func takeProblems() -> [Problem] {
        defer { problems = [] }
        return problems
    }

    private func firing(
        _ due: DueSchedule,
        _ read: ReadSchedule,
        _ open: OpenJobs,
        now: Int,
        isHeldUp: (Schedule) -> Bool
    ) -> Firing {
        do throws(JobError) {
            let schedule = try read.schedule.get()
            if isHeldUp(schedule) { return Firing(due, .hold(Self.queuePause)) }
            let plan = SlotPlan(schedule, slot: due.slot, since: due.since, lastSlot: due.lastSlot, now: now)
            var jobs: [PendingJob] = []
            for slot in plan.slots where slot.isFired {
                jobs.append(try PendingJob(schedule, slot: slot.slot))
            }
            let decision = Firing.Decision.slots(plan, jobs: jobs, offset: schedule.offsetMilliseconds)
            return Firing(due, decision, finished: open.finished, reopened: open.reopened)
        } catch {
            return Firing(due, .hold(Self.pause))
        }
    }

    /// The changes among the jobs of a schedule that does not overlap.
    private struct OpenJobs {
        var finished: [JobID] = []
        var reopened: [JobID] = []
    }

    /// Looks at the jobs of the schedules that do not overlap, for open ones that have finished and for others that are
    /// not finished any more because somebody restarted them.
    private mutating func lookAtJobs(
        _ schedules: [DueSchedule],
        pending: Set<JobID>
    ) async throws(JobError) -> [String: OpenJobs] {
        let exclusive = schedules.compactMap { due -> (due: DueSchedule, schedule: Schedule)? in
            guard case .success(let schedule)? = known[due.name]?.read.schedule, schedule.overlap == .skip else {
                return nil
            }
            return (due, schedule)
        }
        guard !exclusive.isEmpty else { return [:] }
        var (states, latest) = try await store.progress(of: exclusive.map { ($0.schedule, $0.due.open) })
        let unseen = zip(exclusive, latest).flatMap { one, latest in
            latest.filter { states[$0.key] == nil && known[one.due.name]?.finished[$0.key] != $0.value }.map(\.key)
        }
        if !unseen.isEmpty { states.merge(try await store.states(of: unseen)) { first, _ in first } }
        var jobs: [String: OpenJobs] = [:]
        for (one, latest) in zip(exclusive, latest) {
            // A job without a hash has finished, unless no queue has it yet.
            func isFinished(_ job: JobID) -> Bool { (states[job] ?? nil)?.isFinished ?? !pending.contains(job) }
            let open = Set(one.due.open)
            jobs[one.due.name] = OpenJobs(
                finished: one.due.open.filter(isFinished),
                reopened: latest.keys.filter { states[$0] != nil && !open.contains($0) && !isFinished($0) }
            )
            known[one.due.name]?.finished = latest.filter { states[$0.key] == nil || isFinished($0.key) }
        }
        return jobs
    }
}
