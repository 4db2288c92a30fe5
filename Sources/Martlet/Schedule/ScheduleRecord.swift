public import FoundationEssentials

/// A schedule as Redis holds it; times are by Redis's clock.
public struct ScheduleRecord: Sendable, Hashable {
    /// The schedule's name.
    public let name: String
    /// The values that hold now.
    public let values: [ScheduleField: String]
    /// The values that the code declares; empty where no code declares the schedule.
    public let declaredValues: [ScheduleField: String]
    /// The fields that an operator has changed and that declarations leave alone.
    public let edited: Set<ScheduleField>
    /// True when a program has declared it; otherwise an operator made it.
    public let isDeclared: Bool
    /// The time at which it was made.
    public let createdAt: Date
    /// The worker whose declaration holds, of the living ones the one that started last; nil where an operator made the
    /// schedule.
    public let declaredBy: String?
    /// The worker that declares it differently and started earlier; nil when there is none.
    public let disputedBy: String?
    /// The time at which that worker last declared it.
    package let disputedAt: Date?
    /// The time at which it was paused; nil when it is not.
    public let pausedAt: Date?
    /// The time at which it was disabled; nil when it is not.
    ///
    /// Resuming it enables it, and so does a declaration.
    public let disabledAt: Date?
    /// The reason why it was disabled.
    public let disabledReason: String?
    /// The next slot; nil when there is none.
    public let nextSlot: Date?
    /// The time at which the next slot is fired: the slot plus the schedule's offset.
    public let nextDue: Date?
    /// The last slot that was decided, fired or skipped.
    public let lastSlot: Date?
    /// The time at which it last fired a job.
    public let firedAt: Date?
    /// The last job that it fired.
    public let lastJob: JobID?
    /// The state of that job; nil when the job no longer exists.
    public let lastState: JobState?
    /// The schedule that its values make; nil when they are not acceptable.
    public let schedule: Schedule?
    /// The reason why the values are not acceptable; nil when they are.
    public let problem: String?
    package let revision: String

    /// Reads the hash; nil when it is not a schedule's.
    package init?(_ name: String, _ fields: StoredHash, now: Date, lastState: JobState? = nil) {
        guard let revision = fields["revision"] else { return nil }
        self.name = name
        self.revision = revision
        values = Self.texts(fields, "")
        declaredValues = Self.texts(fields, "declared_")
        edited = Set((fields["edited"] ?? "").split(separator: " ").compactMap { ScheduleField(rawValue: String($0)) })
        isDeclared = fields["origin"] == "declared"
        createdAt = fields.time("created_at") ?? Date(milliseconds: 0)
        pausedAt = fields.time("paused_at")
        disabledAt = fields.time("disabled_at")
        declaredBy = fields["declared_by"]
        disputedBy = fields["disputed_by"]
        disputedAt = fields.time("disputed_at")
        disabledReason = fields["disabled_reason"]
        lastSlot = fields.time("last_slot")
        firedAt = fields.time("fired_at")
        lastJob = fields["last_job"].flatMap { try? JobID($0) }
        self.lastState = lastState
        do throws(JobError) {
            schedule = try Schedule(name, values)
            problem = nil
        } catch {
            schedule = nil
            problem = error.message
        }
        guard let schedule, pausedAt == nil, disabledAt == nil else {
            nextSlot = nil
            nextDue = nil
            return
        }
        let planned = SlotPlan.first(
            schedule,
            slot: fields.number("slot"),
            since: fields.number("since") ?? 0,
            lastSlot: lastSlot.map { Int($0.milliseconds) },
            now: Int(now.milliseconds)
        )
        nextSlot = planned.map { Date(milliseconds: Int64($0)) }
        nextDue = planned.map { Date(milliseconds: Int64($0 + schedule.offsetMilliseconds)) }
    }

    private static func texts(_ fields: StoredHash, _ beginning: String) -> [ScheduleField: String] {
        var texts: [ScheduleField: String] = [:]
        for field in ScheduleField.allCases {
            texts[field] = fields[beginning + field.rawValue]
        }
        return texts
    }
}
