internal import Foundation
internal import Martlet

extension ScheduleRecord {
    /// The schedule's state in one word.
    var status: String {
        if pausedAt != nil { return "Paused" }
        if disabledAt != nil { return "Disabled" }
        return schedule == nil ? "Invalid" : "Enabled"
    }

    /// The cron in words; the stored text when that is no cron.
    var when: String {
        schedule.map { $0.cron.words(in: $0.zone) } ?? values[.cron] ?? "-"
    }

    /// The distance of the next run, such as `in 3 h`, or the reason why there is none.
    func next(now: Date) -> String {
        guard status == "Enabled" else { return status }
        guard let nextDue else { return "never" }
        return nextDue > now ? Moment.relative(nextDue, now: now) : "now"
    }

    /// The state of the schedule's latest job, in words.
    var lastStatus: String {
        lastState?.title ?? (lastJob == nil ? "-" : "pruned")
    }

    /// The worker that declares the schedule differently; nil when none did so within three minutes.
    func dispute(now: Date) -> String? {
        guard let disputedBy, let disputedAt, now.duration(since: disputedAt) < .seconds(180) else { return nil }
        return disputedBy
    }

    /// The sentence about a schedule that fires nothing for a while, because slots that are yet to come are decided,
    /// and what to do about it; nil for any other.
    ///
    /// Up to five seconds are no reason to say it: slots are decided all the time, and `now` may be a little old.
    func decidedAhead(now: Date) -> (text: String, remedy: String)? {
        guard let lastSlot, lastSlot.duration(since: now) > .seconds(5) else { return nil }
        return (
            "schedule \(name) fires nothing for \(Moment.span(from: now, to: lastSlot)): Redis's clock was ahead, "
                + "and slots until then are decided",
            "martlet schedule pause \(name), then resume, lets it go on from now"
        )
    }

    /// The reason why it is disabled, in words.
    var disabledText: String? {
        guard let disabledReason else { return disabledAt == nil ? nil : "disabled" }
        let beginning = "undeclared since "
        guard disabledReason.hasPrefix(beginning), let time = Int64(disabledReason.dropFirst(beginning.count)) else {
            return disabledReason
        }
        return "no program has declared it since \(Moment.absolute(Date(milliseconds: time)))"
    }

    /// The record as one line of JSON.
    var json: String {
        var fields: [String: JSONValue] = [
            "name": .string(name),
            "status": .string(status),
            "words": .string(when),
            "declared": .bool(isDeclared),
            "created_at": .time(createdAt),
            "last_status": lastState.map { .string($0.rawValue) } ?? .null,
        ]
        var stored: [String: String?] = [:]
        func add(_ name: String, _ field: ScheduleField, _ value: String) {
            switch field {
            case .payload, .options: stored[name] = value
            case .splay: fields[name] = Int64(value).map { .integer($0) } ?? .string(value)
            default: fields[name] = .string(value)
            }
        }
        for (field, value) in values where !value.isEmpty { add(field.rawValue, field, value) }
        for (field, value) in declaredValues where edited.contains(field) {
            add("declared_\(field.rawValue)", field, value)
        }
        fields["declared_by"] = declaredBy.map { .string($0) }
        fields["disputed_by"] = disputedBy.map { .string($0) }
        fields["disputed_at"] = disputedAt.map { .time($0) }
        fields["problem"] = problem.map { .string($0) }
        fields["paused_at"] = pausedAt.map { .time($0) }
        fields["disabled_at"] = disabledAt.map { .time($0) }
        fields["disabled_reason"] = disabledReason.map { .string($0) }
        fields["next_slot"] = nextSlot.map { .time($0) }
        fields["next_due"] = nextDue.map { .time($0) }
        fields["last_slot"] = lastSlot.map { .time($0) }
        fields["fired_at"] = firedAt.map { .time($0) }
        fields["last_job"] = lastJob.map { .string("\($0)") }
        return JSONValue.line(fields, stored: stored)
    }
}
