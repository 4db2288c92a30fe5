package import FoundationEssentials

/// The effect of a change of the clocks on one instant at which an expression is due.
package enum ClockChange: Sendable, Hashable {
    /// The instant stands in for a time of day that the clocks jumped over.
    case gap(lost: String)
    /// The time of day comes twice, and this is the first; the second is due as well where `isSecondDue` is true.
    case firstOfTwo(isSecondDue: Bool)
    /// The time of day comes twice, and this is the second.
    case secondOfTwo
}

extension Cron {
    /// The effect of a change of the clocks on `instant`, which `next(after:in:)` gave; nil for most.
    package func clockChange(at instant: Date, in zone: Zone) -> ClockChange? {
        guard case .fields(let fields) = times else { return nil }
        let second = instant.wholeSeconds
        let span = zone.span(at: second)
        let wall = second + span.offset
        if second == span.start, fields.isDue(standingInFor: span.gap),
            let lost = fields.first(from: span.gap.lowerBound)
        {
            return .gap(lost: Zone.timeOfDay(lost))
        }
        if span.fold.contains(wall) { return .secondOfTwo }
        return zone.span(at: span.end).fold.contains(wall) ? .firstOfTwo(isSecondDue: fields.keepsBeat) : nil
    }
}

extension Zone {
    /// The date and time on a wall clock at an instant: `Sun 2026-03-29 03:00:00 +02:00`.
    package func clock(at instant: Date) -> String {
        let offset = span(at: instant.wholeSeconds).offset
        let wall = instant.wholeSeconds + offset
        let date = CivilDate(days: wall.flooredQuotient(by: 86_400))
        let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.weekday]
        let day = "\(date.year)-\(Self.digits(date.month))-\(Self.digits(date.day))"
        let ahead = abs(offset) / 60
        let sign = offset < 0 ? "-" : "+"
        return "\(weekday) \(day) \(Self.timeOfDay(wall)) \(sign)\(Self.digits(ahead / 60)):\(Self.digits(ahead % 60))"
    }

    fileprivate static func timeOfDay(_ wall: Int) -> String {
        let time = wall.flooredRemainder(by: 86_400)
        return "\(digits(time / 3600)):\(digits(time / 60 % 60)):\(digits(time % 60))"
    }

    private static func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
