/// A schedule that the leader has to look at.
package struct DueSchedule: Sendable, Hashable {
    package let name: String
    /// Nil when there is no such schedule.
    package let revision: String?
    /// Its next slot; nil when that is to be worked out. Milliseconds, as all times here.
    package let slot: Int?
    package let since: Int
    package let lastSlot: Int?
    /// Jobs of it that nobody has seen finished, where it does not overlap.
    package let open: [JobID]
}

/// What the leader has to do.
package struct DueWork: Sendable {
    package let schedules: [DueSchedule]
    /// Redis's time.
    package let now: Int
    /// Until the next one is due; zero when some are, nil when there is none.
    package let next: Duration?
    /// Jobs that wait in the pending list.
    package let pending: Int
}

/// A schedule as it was read, which anybody may have written.
package struct ReadSchedule: Sendable {
    package let revision: String
    package let schedule: Result<Schedule, JobError>
}
