internal import Martlet

/// The leader's schedules as they were last read, so that those that fire often are not read each time, and what is to
/// become of their slots.
struct ScheduleMemory: Sendable {
    private let store: JobStore
    private var known: [String: ReadSchedule] = [:]

    /// With more it begins anew.
    private static let most = 50_000

    init(store: JobStore) {
        self.store = store
    }

    /// Decides for each schedule that is due. What was changed meanwhile is left for the next time.
    /// - Parameter undelivered: jobs that no queue has yet, so that their hash is not there.
    mutating func plan(_ work: DueWork, undelivered: Set<JobID>) async throws(JobError) -> [Firing] {
        let unknown = work.schedules.filter { $0.revision != nil && known[$0.name]?.revision != $0.revision }
        if known.count + unknown.count > Self.most { known = [:] }
        for (name, schedule) in try await store.read(unknown.map(\.name)) {
            known[name] = schedule
        }
        let open = work.schedules.flatMap { known[$0.name]?.overlaps == false ? $0.open : [] }
        let finished = try await store.finished(open, undelivered: undelivered)
        return work.schedules.compactMap { firing($0, now: work.now, finished: finished) }
    }

    private func firing(_ due: DueSchedule, now: Int, finished: Set<JobID>) -> Firing? {
        guard due.revision != nil else { return Firing(due, disable: "gone") }
        guard let read = known[due.name], read.revision == due.revision else { return nil }
        do throws(JobError) {
            let schedule = try read.schedule.get()
            let plan = SlotPlan(schedule, slot: due.slot, since: due.since, lastSlot: due.lastSlot, now: now)
            var drafts: [Draft] = []
            for slot in plan.slots where slot.isFired {
                drafts.append(try Draft(schedule, slot: slot.slot))
            }
            let seen = due.open.filter { finished.contains($0) }
            return Firing(due, offset: schedule.offset, finished: seen, plan: plan, drafts: drafts)
        } catch {
            return Firing(due, disable: error.message)
        }
    }
}
