package import FoundationEssentials

// Redis, JSON and SQLite hold instants as whole milliseconds since 1970; in Swift they are dates. A date holds a
// millisecond of any year up to 9999 exactly once it is rounded.
extension Date {
    /// The last millisecond of the year 9999, since 1970; calendars end there.
    package static let lastMillisecond: Int64 = 253_402_300_799_999

    /// An hour in milliseconds.
    static let hour: Int64 = 3_600_000

    /// The beginning of the hour in which this date is, counted from 1970.
    package var startOfHour: Date { Date(milliseconds: milliseconds / Self.hour * Self.hour) }

    /// Makes the instant that is this many milliseconds after 1970.
    ///
    /// An instant before 1970 or after the year 9999, which only somebody else can have written, becomes the nearest
    /// one within them.
    package init(milliseconds: Int64) {
        let known = min(max(milliseconds, 0), Self.lastMillisecond)
        self.init(timeIntervalSince1970: Double(known) / 1000)
    }

    /// The whole milliseconds since 1970, rounded to the nearest and kept within the year 9999 and as many before 1970.
    package var milliseconds: Int64 {
        let value = Int64(clamping: (timeIntervalSince1970 * 1000).rounded())
        return min(max(value, -Self.lastMillisecond), Self.lastMillisecond)
    }

    /// Whole seconds since 1970, rounded down.
    var wholeSeconds: Int { Int(Int64(clamping: timeIntervalSince1970.rounded(.down))) }

    /// The time from `start` to this date, in whole milliseconds; negative when this date is earlier.
    package func duration(since start: Date) -> Duration {
        .milliseconds(milliseconds - start.milliseconds)
    }
}

extension Int64 {
    /// Makes the whole number of a value, rounded towards zero and kept within what an Int64 holds; 0 for what is no
    /// number.
    package init(clamping value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.min(Swift.max(value, -9.2e18), 9.2e18))
    }
}
