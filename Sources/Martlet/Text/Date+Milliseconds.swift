package import FoundationEssentials

// Redis, JSON and SQLite hold instants as whole milliseconds since 1970; in Swift they are dates. A date holds a
// millisecond of any year up to 9999 exactly, once rounded.
extension Date {
    /// The last millisecond of the year 9999, since 1970: where calendars end.
    package static let lastMillisecond: Int64 = 253_402_300_799_999

    /// The instant of so many milliseconds since 1970. One before 1970 or after the year 9999, which only somebody else
    /// can have written, becomes the nearest instant within them.
    package init(milliseconds: Int64) {
        let known = min(max(milliseconds, 0), Self.lastMillisecond)
        self.init(timeIntervalSince1970: Double(known) / 1000)
    }

    /// Whole milliseconds since 1970, rounded to the nearest; at most those of the year 9999, before 1970 negative ones
    /// of as many.
    package var milliseconds: Int64 {
        let value = Int64(clamping: (timeIntervalSince1970 * 1000).rounded())
        return min(max(value, -Self.lastMillisecond), Self.lastMillisecond)
    }

    /// How long after `start` this is, in whole milliseconds; negative when it is before.
    package func duration(since start: Date) -> Duration {
        .milliseconds(milliseconds - start.milliseconds)
    }
}

extension Int64 {
    /// The whole number nearest to zero that is as large, within what an Int64 holds; 0 for what is no number.
    package init(clamping value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.min(Swift.max(value, -9.2e18), 9.2e18))
    }
}
