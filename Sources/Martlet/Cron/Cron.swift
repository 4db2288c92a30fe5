/// When a schedule is due: a cron expression.
///
/// Five fields, `minute hour day-of-month month day-of-week`, or six with the second first. A field is a list of items
/// with commas: `*`, `5`, `1-5`, `*/15`, `1-30/5`; months and days of the week also by name (`JAN`, `MON`; Sunday is 0
/// or 7). `L` is the last day of the month, `L-3` the third before it, `15W` the workday nearest to day 15 in the same
/// month, `LW` the last workday; `5L` is the last Friday of the month, `MON#2` its second Monday. `H` is a value that
/// depends on the schedule's name alone, so that many schedules spread over the hour: `H`, `H/15`, `H(0-29)`. Also
/// `@hourly`, `@daily` (`@midnight`), `@weekly`, `@monthly`, `@yearly` (`@annually`).
///
/// `@every 17h` is an interval: whole seconds in `w`, `d`, `h`, `m` and `s`, also `1h30m`, counted from 1970-01-01
/// 00:00 UTC or from a time of its own, `@every 17h from 2026-11-28T06:00:00Z`. Clocks and days do not matter to it.
/// ``every(_:from:)`` writes it.
///
/// **Days**, as in crontab(5): when both day fields are restricted, a day matches when either of them does. A field
/// that begins with `*`, also `*/2`, counts as not restricted: then a day matches when both do.
///
/// **When clocks are put forward**, the times they jump over do not exist. What is due in them is due at the first
/// instant after the gap, once. An expression whose hour field names every hour needs no such stand-in and gets none if
/// it is due within the first hour after the gap anyway.
///
/// **When clocks are put back**, times occur twice. An expression of fixed times is due the first time only. One with a
/// beat in its hours, minutes or seconds keeps it, and is due both times. A beat is a field that begins with `*`, is
/// hashed with a step (`H/15`), or names every value.
public struct Cron: Sendable, Hashable, CustomStringConvertible {
    /// As it was given.
    public let text: String
    let times: CronTimes

    /// - Parameters:
    ///   - text: The expression.
    ///   - name: The schedule's, which decides what `H` stands for.
    /// - Throws: ``CronError``, also for dates that never come, such as 30 February.
    public init(_ text: String, name: String) throws(CronError) {
        self.text = text
        times = try CronTimes(text, name: name)
    }

    public var description: String { text }

    /// The first instant after `instant` at which it is due, both in milliseconds since 1970.
    /// - Returns: A whole second; nil when there is none before the year 10000.
    public func next(after instant: Int, in zone: Zone) -> Int? {
        guard instant < Self.end * 1000 else { return nil }
        let fields: CronFields
        switch times {
        case .interval(let interval):
            let next = interval.next(after: max(instant, -1))
            return next < Self.end * 1000 ? next : nil
        case .fields(let these): fields = these
        }
        var second = max(instant, 0).flooredQuotient(by: 1000) + (instant < 0 ? 0 : 1)
        var known = 0..<0
        while second < Self.end {
            let span = zone.span(at: second)
            if second == span.start, fields.isDue(standingInFor: span.gap) { return second * 1000 }
            var wall = second + span.offset
            if !fields.keepsBeat { wall = max(wall, span.fold.upperBound) }
            // Where the last search went over this time, its result stands.
            if !known.contains(wall) {
                guard let match = fields.first(from: wall) else { return nil }
                known = wall..<match + 1
            }
            let match = known.upperBound - 1 - span.offset
            if match < span.end { return match < Self.end ? match * 1000 : nil }
            second = span.end
        }
        return nil
    }

    /// The year 10000 begins; seconds since 1970.
    private static let end = CivilDate(year: 10_000, month: 1, day: 1).days * 86_400
}

/// What an expression says.
enum CronTimes: Sendable, Hashable {
    case fields(CronFields)
    case interval(CronInterval)

    init(_ text: String, name: String) throws(CronError) {
        if let interval = try CronInterval(text) {
            self = .interval(interval)
        } else {
            self = .fields(try CronFields(text, name: name))
        }
    }
}

extension CronFields {
    /// Whether times that occur twice are due twice.
    var keepsBeat: Bool { hour.isBeat || minute.isBeat || second.isBeat }

    /// Whether the first instant after the gap stands in for times within it.
    func isDue(standingInFor gap: Range<Int>) -> Bool {
        guard !gap.isEmpty, let lost = first(from: gap.lowerBound), gap.contains(lost) else { return false }
        guard hour.values == CronField.hour.all else { return true }
        let next = first(from: gap.upperBound)
        return next.map { $0 >= gap.upperBound + 3600 } ?? true
    }
}
