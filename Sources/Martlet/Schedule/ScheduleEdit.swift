/// What an operator wants of a schedule; what is nil stays as it is.
public struct ScheduleEdit: Sendable, Hashable {
    public var cron: String?
    public var zone: String?
    public var type: String?
    /// JSON.
    public var payload: String?
    /// Options that are nil stay as they are. An empty object is none.
    public var options: JobOptions
    public var splay: Duration?
    public var catchUp: CatchUp?
    public var overlap: Overlap?

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

    /// A schedule with these values, and with those of `record` where there are none; a new one without a record.
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
