public import FoundationEssentials

/// A cron expression, which says when a schedule is due.
///
/// Five fields, `minute hour day-of-month month day-of-week`, or six with the second first. A field is a list of items
/// with commas: `*`, `5`, `1-5`, `*/15`, `1-30/5`; months and days of the week also by name (`JAN`, `MON`; Sunday is 0
/// or 7). `L` is the last day of the month, `L-3` the third before it, `15W` the workday nearest to day 15 in the same
/// month, `LW` the last workday; `5L` is the last Friday of the month, `MON#2` its second Monday. `H` is a value that
/// depends on the schedule's name alone, so that many schedules spread over the hour: `H`, `H/15`, `H(0-29)`. Also
/// `@hourly`, `@daily` (`@midnight`), `@weekly`, `@monthly`, `@yearly` (`@annually`).
///
/// `@every 17h` is an interval: whole seconds in `w`, `d`, `h`, `m` and `s`, also `1h30m`. It is counted from
/// 1970-01-01 00:00 UTC, or from a given time, `@every 17h from 2026-11-28T06:00:00Z`, whatever clocks and days say.
/// ``every(_:from:)`` writes it.
///
/// **Days**, as in crontab(5): when both day fields are restricted, a day matches when either of them does. A field
/// that begins with `*`, also `*/2`, counts as not restricted: then a day matches when both do.
///
/// **When clocks are put forward**, the times they jump over do not exist. Slots in them are due once, at the first
/// instant after the gap. An expression whose hour field names every hour gets no such stand-in if it is due within the
/// first hour after the gap anyway.
///
/// **When clocks are put back**, times occur twice. An expression of fixed times is due the first time only. An
/// expression with a beat in its hours, minutes or seconds keeps the beat and is due both times. A beat is a field that
/// begins with `*`, is hashed with a step (`H/15`), or names every value.
public struct Cron: Sendable, Hashable, CustomStringConvertible {
    /// The expression as it was given.
    public let text: String
    let times: CronTimes

    /// Reads an expression.
    ///
    /// - Parameters:
    ///   - text: The expression.
    ///   - name: The name of the schedule, which decides the values that `H` stands for.
    /// - Throws: ``CronError`` when the text is not an expression, or only names dates that never come, such as 30
    ///   February.
    public init(_ text: String, name: String) throws(CronError) {
        self.text = text
        times = try CronTimes(text, name: name)
    }

    /// The expression as it was given.
    public var description: String { text }

    /// True for an interval, which is due at the same instants in every time zone.
    package var isInterval: Bool {
        if case .interval = times { true } else { false }
    }

    /// The first instant after `instant` at which the expression is due.
    ///
    /// - Returns: A whole second; nil when there is none before the year 10000.
    public func next(after instant: Date, in zone: Zone) -> Date? {
        // Rounded down: a slot that is less than a millisecond away is not to be passed over.
        let milliseconds = Int64(clamping: (instant.timeIntervalSince1970 * 1000).rounded(.down))
        return next(after: Int(milliseconds), in: zone).map { Date(milliseconds: Int64($0)) }
    }

    /// The same with both instants in milliseconds since 1970, as the scripts have slots.
    package func next(after instant: Int, in zone: Zone) -> Int? {
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
            // The result of the last search holds for every time that it passed over.
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

    /// The beginning of the year 10000, in seconds since 1970.
    private static let end = CivilDate(year: 10_000, month: 1, day: 1).days * 86_400
}

/// The meaning of an expression: fields or an interval.
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
    /// True when times that occur twice are due twice.
    var keepsBeat: Bool { hour.isBeat || minute.isBeat || second.isBeat }

    /// Tells whether the first instant after the gap stands in for times within it.
    func isDue(standingInFor gap: Range<Int>) -> Bool {
        guard !gap.isEmpty, let lost = first(from: gap.lowerBound), gap.contains(lost) else { return false }
        guard hour.values == CronField.hour.all else { return true }
        let next = first(from: gap.upperBound)
        return next.map { $0 >= gap.upperBound + 3600 } ?? true
    }
}
