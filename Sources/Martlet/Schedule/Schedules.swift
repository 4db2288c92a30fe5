/// The schedules that a program declares, which its worker tells Redis.
///
/// ```swift
/// var schedules = Schedules()
/// try schedules.add("nightly", cron: "H 3 * * *", zone: "Europe/Berlin", job: CleanUp())
/// ```
/// What an operator has changed stays changed, and a pause stays. A schedule that no program declares any more is
/// disabled some minutes later.
public struct Schedules: Sendable {
    /// The schedules, in the order in which they were added.
    public private(set) var all: [Schedule] = []
    private var names: Set<String> = []

    /// Makes an empty collection.
    public init() {}

    /// Declares a schedule.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when there is one of this name already.
    public mutating func add(_ schedule: Schedule) throws(JobError) {
        guard names.insert(schedule.name).inserted else {
            throw .invalid("schedule", schedule.name, "declare each name once")
        }
        all.append(schedule)
    }

    /// Declares a schedule, whose values are those of ``Schedule``.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the schedule, the field, the value and what would be
    ///   right.
    public mutating func add(
        _ name: String,
        cron: String,
        zone: String = "UTC",
        job: some Job,
        options: JobOptions = JobOptions(),
        splay: Duration = .zero,
        catchUp: CatchUp = .latest,
        overlap: Overlap = .skip
    ) throws(JobError) {
        try add(
            Schedule(
                name,
                cron: cron,
                zone: zone,
                job: job,
                options: options,
                splay: splay,
                catchUp: catchUp,
                overlap: overlap
            )
        )
    }
}
