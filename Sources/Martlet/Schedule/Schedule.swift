/// A job that is enqueued by the clock: what to run, when, and what becomes of slots that were missed.
///
/// ```swift
/// try Schedule("nightly", cron: "H 3 * * *", zone: "Europe/Berlin", job: CleanUp())
/// ```
/// Redis holds it; whichever worker leads fires it. Each slot, one instant of its cron, is fired exactly once.
public struct Schedule: Sendable, Hashable {
    /// 1 to 100 of `A-Z a-z 0-9 . _ -`.
    public let name: String
    public let cron: Cron
    /// The time zone that the cron expression is in.
    public let zone: Zone
    /// The type of the jobs.
    public let type: String
    /// Their payload, JSON.
    public let payload: String
    /// How the jobs are to be treated, with their queue and what they are about.
    public let options: JobOptions
    /// Slots are fired later by an offset of up to this long, the same each time, by which schedules with the same
    /// times spread. Up to a week.
    public let splay: Duration
    /// What becomes of slots that passed while nobody led.
    public let catchUp: CatchUp
    /// Whether it fires while a job of it has not finished.
    public let overlap: Overlap

    /// The most that its slots may be fired later: a week.
    package static let mostSplay = Duration.seconds(604_800)

    /// - Parameters:
    ///   - options: what differs from the options of the job's type.
    /// - Throws: ``JobError`` with the code `invalid`, naming the schedule, the field, the value and what would be
    ///   right.
    public init(
        _ name: String,
        cron: String,
        zone: String = "UTC",
        job: some Job,
        options: JobOptions = JobOptions(),
        splay: Duration = .zero,
        catchUp: CatchUp = .latest,
        overlap: Overlap = .skip
    ) throws(JobError) {
        let type = Swift.type(of: job)
        let example: NewJob
        do throws(JobError) {
            example = try NewJob(job, id: "example", options: options)
        } catch {
            throw error.of(schedule: name)
        }
        try self.init(
            name,
            cron: cron,
            zone: zone,
            type: type.jobType,
            json: String(decoding: example.payload, as: UTF8.self),
            options: options.or(type.options),
            splay: splay,
            catchUp: catchUp,
            overlap: overlap
        )
    }

    /// A schedule for jobs of a type that this program has no Swift value for; `json` is their payload.
    /// - Throws: as the other one.
    public init(
        _ name: String,
        cron: String,
        zone: String = "UTC",
        type: String,
        json: String = "{}",
        options: JobOptions = JobOptions(),
        splay: Duration = .zero,
        catchUp: CatchUp = .latest,
        overlap: Overlap = .skip
    ) throws(JobError) {
        try self.init(
            name,
            cron: cron,
            zone: zone,
            type: type,
            json: json,
            isStored: false,
            options: options,
            splay: splay,
            catchUp: catchUp,
            overlap: overlap
        )
    }

    /// - Parameter isStored: the payload is in Redis already, where an earlier release may have put what is not quite
    ///   JSON. It is taken as it is, since jobs of this schedule have run with it.
    init(
        _ name: String,
        cron: String,
        zone: String,
        type: String,
        json: String,
        isStored: Bool,
        options: JobOptions,
        splay: Duration,
        catchUp: CatchUp,
        overlap: Overlap
    ) throws(JobError) {
        guard Name.isValid(name), name.utf8.count <= 100 else {
            throw .invalid("schedule", name, Name.remedy(for: name, most: 100))
        }
        do throws(JobError) {
            self.name = name
            self.cron = try Self.cron(cron, name)
            self.zone = try Self.zone(zone)
            self.type = type
            self.payload = json
            self.options = options
            self.splay = splay
            self.catchUp = catchUp
            self.overlap = overlap
            try check(isStored: isStored)
        } catch {
            throw error.of(schedule: name)
        }
    }

    private static func cron(_ text: String, _ name: String) throws(JobError) -> Cron {
        do throws(CronError) { return try Cron(text, name: name) } catch { throw JobError(error) }
    }

    private static func zone(_ identifier: String) throws(JobError) -> Zone {
        do throws(ZoneError) { return try Zone(identifier) } catch { throw JobError(error) }
    }

    private func check(isStored: Bool) throws(JobError) {
        try NewJob.check(payloadBytes: payload.utf8.count, limit: JobClient.defaultPayloadLimit)
        let json = isStored && JSONValue(payload) != nil ? "{}" : payload
        _ = try NewJob(type: type, json: json, id: "example", options: options)
        guard (.zero...Self.mostSplay).contains(splay) else {
            throw .invalid("splay", "\(splay)", "use a duration from zero to 7 days")
        }
        if case .all(let limit) = catchUp, !(1...1000).contains(limit) {
            throw .invalid("catch up", "all \(limit)", "use a limit from 1 to 1,000")
        }
    }

    /// The queue of its jobs.
    public var queue: String { options.queue ?? JobDefaults.queue }

    /// By how many milliseconds its slots are fired later: the same for the name each time, below the splay.
    public var offset: Int {
        let splay = Int(splay.milliseconds)
        guard splay > 0 else { return 0 }
        // FNV-1a, with the last bits mixed: short names that differ in one letter are to lie far apart.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
        return Int((hash ^ (hash >> 32)) % UInt64(splay))
    }
}

extension JobError {
    func of(schedule name: String) -> JobError {
        JobError(
            code,
            "schedule \(Printable.escaped(name, limit: 100)): \(message)",
            redis: redis,
            invalidValue: invalidValue
        )
    }

    init(_ error: CronError) {
        let value = InvalidValue(field: "cron \(error.field)", value: error.value, remedy: error.remedy)
        self.init(.invalid, error.description, invalidValue: value)
    }

    init(_ error: ZoneError) {
        let value = InvalidValue(field: "time zone", value: error.value, remedy: error.remedy)
        self.init(.invalid, error.description, invalidValue: value)
    }
}
