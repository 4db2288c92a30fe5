/// A schedule as Redis holds it: its hash, read. Times are milliseconds since 1970 by Redis's clock.
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
    public let createdAt: Int64
    /// The worker whose declaration holds: of those that live, the one that started last. Nil for an operator's.
    public let declaredBy: String?
    /// A worker that declares it differently and started earlier, and when it last said so; nil when none does.
    public let disputedBy: String?
    package let disputedAt: Int64?
    /// When it was paused; nil when it is not.
    public let pausedAt: Int64?
    /// When it was disabled and why; nil when it is not. Resuming it enables it, and so does a declaration.
    public let disabledAt: Int64?
    public let disabledReason: String?
    /// The next slot, and when it is fired: that and the schedule's offset. Nil when there is none.
    public let nextSlot: Int64?
    public let nextDue: Int64?
    /// The last slot that was decided, fired or skipped.
    public let lastSlot: Int64?
    /// When it last fired anything.
    public let firedAt: Int64?
    public let lastJob: JobID?
    /// The state of that job; nil when there is none any more.
    public let lastState: JobState?
    /// What its values say; nil when they are not acceptable.
    public let schedule: Schedule?
    /// Why they are not.
    public let problem: String?
    package let revision: String

    /// Nil when the hash is none of a schedule.
    package init?(_ name: String, _ fields: [String: String], now: Int64, lastState: JobState? = nil) {
        guard let revision = fields["revision"] else { return nil }
        func number(_ field: String) -> Int64? { fields[field].flatMap { Int64($0) } }
        self.name = name
        self.revision = revision
        values = Self.texts(fields, "")
        declaredValues = Self.texts(fields, "declared_")
        edited = Set((fields["edited"] ?? "").split(separator: " ").compactMap { ScheduleField(rawValue: String($0)) })
        isDeclared = fields["origin"] == "declared"
        createdAt = number("created_at") ?? 0
        declaredBy = fields["declared_by"]
        disputedBy = fields["disputed_by"]
        disputedAt = number("disputed_at")
        pausedAt = number("paused_at")
        disabledAt = number("disabled_at")
        disabledReason = fields["disabled_reason"]
        lastSlot = number("last_slot")
        firedAt = number("fired_at")
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
            slot: number("slot").map { Int($0) },
            since: Int(number("since") ?? 0),
            lastSlot: lastSlot.map { Int($0) },
            now: Int(now)
        )
        nextSlot = planned.map { Int64($0) }
        nextDue = planned.map { Int64($0 + schedule.offset) }
    }

    private static func texts(_ fields: [String: String], _ beginning: String) -> [ScheduleField: String] {
        var texts: [ScheduleField: String] = [:]
        for field in ScheduleField.allCases {
            texts[field] = fields[beginning + field.rawValue]
        }
        return texts
    }
}
