/// The schedules that a program declares, for its worker to tell Redis of.
///
/// ```swift
/// var schedules = Schedules()
/// try schedules.add("nightly", cron: "H 3 * * *", zone: "Europe/Berlin", job: CleanUp())
/// ```
/// What an operator has changed stays changed, and a pause stays. One that no program declares any more is disabled
/// some minutes later.
public struct Schedules: Sendable {
    /// In the order in which they were added.
    public private(set) var all: [Schedule] = []
    private var names: Set<String> = []

    public init() {}

    /// - Throws: ``JobError`` with the code `invalid` when there is one of this name already.
    public mutating func add(_ schedule: Schedule) throws(JobError) {
        guard names.insert(schedule.name).inserted else {
            throw .invalid("schedule", schedule.name, "declare each name once")
        }
        all.append(schedule)
    }

    /// Declares a schedule; see ``Schedule``.
    /// - Throws: ``JobError`` with the code `invalid`, naming the schedule, the field, the value and what would be
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
