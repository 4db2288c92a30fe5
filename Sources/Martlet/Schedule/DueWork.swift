/// A schedule that the leader has to look at; times are in milliseconds since 1970.
package struct DueSchedule: Sendable, Hashable {
    package let name: String
    /// The revision that was read; nil when there is no such schedule.
    package let revision: String?
    /// The next slot; nil when it has to be worked out.
    package let slot: Int?
    package let since: Int
    package let lastSlot: Int?
    /// The jobs of the schedule that were not seen finished yet, where it does not overlap.
    package let open: [JobID]
}

/// The work that the leader has to do now.
package struct DueWork: Sendable {
    package let schedules: [DueSchedule]
    /// Redis's time in milliseconds since 1970.
    package let now: Int
    /// The time until the next schedule is due; zero when some are due, nil when there is none.
    package let next: Duration?
    /// The number of jobs in the pending list.
    package let pending: Int
}

/// A schedule as it was read; anybody may have written it.
package struct ReadSchedule: Sendable {
    package let revision: String
    package let schedule: Result<Schedule, JobError>
}
