public import FoundationEssentials

/// A schedule as Redis holds it. Times are by Redis's clock.
public struct ScheduleRecord: Sendable, Hashable {
    public let name: String
    /// What holds.
    public let values: [ScheduleField: String]
    /// What the code says; empty where no code declares it.
    public let declaredValues: [ScheduleField: String]
    /// The fields that an operator has changed and that declarations leave alone.
    public let edited: Set<ScheduleField>
    /// Whether a program has declared it; else an operator made it.
    public let isDeclared: Bool
    /// When it was made.
    public let createdAt: Date
    /// The worker whose declaration holds: of those that live, the one that started last. Nil for an operator's.
    public let declaredBy: String?
    /// A worker that declares it differently and started earlier; nil when none does.
    public let disputedBy: String?
    /// When that worker last said so.
    package let disputedAt: Date?
    /// When it was paused; nil when it is not.
    public let pausedAt: Date?
    /// When it was disabled; nil when it is not. Resuming it enables it, and so does a declaration.
    public let disabledAt: Date?
    /// Why it was disabled.
    public let disabledReason: String?
    /// The next slot; nil when there is none.
    public let nextSlot: Date?
    /// When the next slot is fired: that and the schedule's offset.
    public let nextDue: Date?
    /// The last slot that was decided, fired or skipped.
    public let lastSlot: Date?
    /// When it last fired anything.
    public let firedAt: Date?
    /// The last job that it fired.
    public let lastJob: JobID?
    /// The state of that job; nil when there is none any more.
    public let lastState: JobState?
    /// What its values say; nil when they are not acceptable.
    public let schedule: Schedule?
    /// Why they are not.
    public let problem: String?
    package let revision: String

    /// Nil when the hash is none of a schedule.
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
        nextDue = planned.map { Date(milliseconds: Int64($0 + schedule.offset)) }
    }

    private static func texts(_ fields: StoredHash, _ beginning: String) -> [ScheduleField: String] {
        var texts: [ScheduleField: String] = [:]
        for field in ScheduleField.allCases {
            texts[field] = fields[beginning + field.rawValue]
        }
        return texts
    }
}
