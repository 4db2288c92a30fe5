/// The values that an operator sets on a schedule; a value that is nil stays as it is.
public struct ScheduleEdit: Sendable, Hashable {
    /// The cron expression.
    public var cron: String?
    /// The name of the time zone, for example `Europe/Berlin`.
    public var zone: String?
    /// The type of the jobs.
    public var type: String?
    /// The payload of the jobs, JSON.
    public var payload: String?
    /// The options of the jobs; those that are nil stay as they are, and an empty object stands for none.
    public var options: JobOptions
    /// The bound of the delay of every slot, from zero to 7 days.
    public var splay: Duration?
    /// The rule for slots that passed while no worker led.
    public var catchUp: CatchUp?
    /// The rule for slots that come while a job of the schedule has not finished.
    public var overlap: Overlap?

    /// Makes an edit; values that are not given stay as they are.
    public init(
        cron: String? = nil,
        zone: String? = nil,
        type: String? = nil,
        payload: String? = nil,
        options: JobOptions = JobOptions(),
        splay: Duration? = nil,
        catchUp: CatchUp? = nil,
        overlap: Overlap? = nil
    ) {
        self.cron = cron
        self.zone = zone
        self.type = type
        self.payload = payload
        self.options = options
        self.splay = splay
        self.catchUp = catchUp
        self.overlap = overlap
    }

    /// The schedule with these values, and with those of `record` where these are nil; without a record, a new
    /// schedule.
    func applied(to record: ScheduleRecord?, named name: String) throws(JobError) -> Schedule {
        var options = options
        if let record {
            guard let old = JobOptions(stored: record.values[.options] ?? "") else {
                throw JobError.invalid("options", record.values[.options] ?? "", "remove the schedule and set it anew")
                    .of(schedule: name)
            }
            options = options.or(old)
            options.queue = options.queue ?? record.values[.queue]
            options.object = options.object ?? record.values[.object]
        }
        if options.object?.isEmpty == true { options.object = nil }
        guard let cron = cron ?? record?.values[.cron], let type = type ?? record?.values[.type] else {
            let missing = cron == nil ? "cron" : "job type"
            throw JobError(
                .invalid,
                "schedule \(Printable.escaped(name, limit: 100)) is a new one; give its \(missing)"
            )
        }
        return try Schedule(
            name,
            cron: cron,
            zone: zone ?? record?.values[.zone] ?? "UTC",
            type: type,
            json: payload ?? record?.values[.payload] ?? "{}",
            options: options,
            splay: splay ?? .milliseconds(record?.values[.splay].flatMap { Int64($0) } ?? 0),
            catchUp: catchUp ?? record?.values[.catchUp].flatMap { CatchUp($0) } ?? .latest,
            overlap: overlap ?? record?.values[.overlap].flatMap { Overlap(rawValue: $0) } ?? .skip
        )
    }
}
