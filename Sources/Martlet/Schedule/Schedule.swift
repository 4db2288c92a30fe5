/// A job that is enqueued by the clock: what runs, when, and what becomes of slots that were missed.
///
/// ```swift
/// try Schedule("nightly", cron: "H 3 * * *", zone: "Europe/Berlin", job: CleanUp())
/// ```
/// Redis holds it, and the worker that leads fires it. Each slot, one instant of its cron, is fired exactly once.
public struct Schedule: Sendable, Hashable {
    /// The name, 1 to 100 of `A-Z a-z 0-9 . _ -`.
    public let name: String
    /// The cron expression, whose instants are the slots.
    public let cron: Cron
    /// The time zone that the cron expression is in.
    public let zone: Zone
    /// The type of the jobs.
    public let type: String
    /// The payload of the jobs, JSON.
    public let payload: String
    /// The options of the jobs, with their queue and their object.
    public let options: JobOptions
    /// The bound of the delay of every slot, from zero to 7 days.
    ///
    /// Slots are delayed by a fixed offset below it, derived from the name, so that schedules with the same cron spread
    /// out.
    public let splay: Duration
    /// The rule for slots that passed while no worker led.
    public let catchUp: CatchUp
    /// The rule for slots that come while a job of the schedule has not finished.
    public let overlap: Overlap

    /// The longest splay, 7 days.
    package static let mostSplay = Duration.seconds(604_800)

    /// Makes a schedule for a job; `options` are those that differ from the options of the job's type.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the schedule, the field, the value and what would be
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

    /// Makes a schedule for jobs of a type that this program has no Swift value for; `json` is their payload.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the schedule, the field, the value and what would be
    ///   right.
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

    /// Makes a schedule, whose payload is taken as it is where `isStored` says that Redis holds it already.
    ///
    /// An earlier release may have stored a payload that is not quite JSON, and jobs of the schedule have run with it.
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

    /// The name of the queue of its jobs.
    public var queue: String { options.queue ?? JobDefaults.queue }

    /// The time by which every slot is delayed: below the splay, and always the same for a name.
    public var offset: Duration { .milliseconds(offsetMilliseconds) }

    /// The same in milliseconds, as the scripts have slots.
    package var offsetMilliseconds: Int {
        let splay = Int(splay.milliseconds)
        guard splay > 0 else { return 0 }
        // FNV-1a with the last bits mixed, so that short names that differ in one letter lie far apart.
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
