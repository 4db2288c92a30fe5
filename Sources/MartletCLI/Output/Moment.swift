internal import Foundation

/// A time in milliseconds since 1970 as people read it.
enum Moment {
    /// `12:03:59.250` of a log line, in UTC as all that is beside it.
    static func clock(_ milliseconds: Int64) -> String {
        String(absolute(milliseconds).dropFirst(11).dropLast())
    }

    /// `3 min ago` or `in 41 s`, seen from `now`.
    static func relative(_ milliseconds: Int64, now: Int64) -> String {
        milliseconds > now
            ? "in \(span(from: now, to: milliseconds))" : "\(span(from: milliseconds, to: now)) ago"
    }

    /// Tells how long ago something happened: `3 min ago`. A time after `now` counts as now.
    static func ago(_ milliseconds: Int64, now: Int64) -> String {
        relative(min(milliseconds, now), now: now)
    }

    /// Both: `2026-11-23T12:03:59.250Z (3 min ago)`.
    static func both(_ milliseconds: Int64, now: Int64) -> String {
        "\(absolute(milliseconds)) (\(relative(milliseconds, now: now)))"
    }

    /// From one moment to another; `0 ms` when that is back in time.
    static func span(from start: Int64, to end: Int64) -> String {
        let (distance, overflow) = end.subtractingReportingOverflow(start)
        return span(overflow ? .max : max(0, distance))
    }

    /// `250 ms`, `41 s`, `3 min`, `2 h`, `5 d`.
    static func span(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1000: "\(milliseconds) ms"
        case ..<120_000: "\(milliseconds / 1000) s"
        case ..<7_200_000: "\(milliseconds / 60_000) min"
        case ..<172_800_000: "\(milliseconds / 3_600_000) h"
        default: "\(milliseconds / 86_400_000) d"
        }
    }

    /// `2026-11-23T12:03:59.250Z`.
    static func absolute(_ milliseconds: Int64) -> String {
        // The fraction apart: as a part of a Double's seconds it may come out one less.
        let whole = date(milliseconds - (milliseconds % 1000)).formatted(.iso8601)
        return String(format: "%@.%03dZ", String(whole.dropLast()), Int(max(milliseconds, 0) % 1000))
    }

    /// The date of a number from Redis, which may be any: it is kept within the years 1970 to 9999.
    private static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(min(max(milliseconds, 0), 253_402_300_799_999)) / 1000)
    }
}
