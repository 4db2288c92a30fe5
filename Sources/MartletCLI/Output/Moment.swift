internal import Foundation
internal import Martlet

/// The forms of times and spans for people.
enum Moment {
    /// The time of day of a log line in UTC, as all times beside it are: `12:03:59.250`.
    static func clock(_ time: Date) -> String {
        String(absolute(time).dropFirst(11).dropLast())
    }

    /// The distance from `now`: `3 min ago` or `in 41 s`.
    static func relative(_ time: Date, now: Date) -> String {
        time > now ? "in \(span(from: now, to: time))" : "\(span(from: time, to: now)) ago"
    }

    /// The distance to a past moment: `3 min ago`.
    ///
    /// A time after `now` counts as `now`.
    static func ago(_ time: Date, now: Date) -> String {
        relative(min(time, now), now: now)
    }

    /// The time and its distance from `now`: `2026-11-23T12:03:59.250Z (3 min ago)`.
    static func both(_ time: Date, now: Date) -> String {
        "\(absolute(time)) (\(relative(time, now: now)))"
    }

    /// The span from one moment to another: `0 ms` when the end is before the start.
    static func span(from start: Date, to end: Date) -> String {
        span(max(.zero, end.duration(since: start)))
    }

    /// A span in its largest whole unit: `250 ms`, `41 s`, `3 min`, `2 h`, `5 d`.
    static func span(_ span: Duration) -> String {
        let milliseconds = span.milliseconds
        return switch milliseconds {
        case ..<1000: "\(milliseconds) ms"
        case ..<120_000: "\(milliseconds / 1000) s"
        case ..<7_200_000: "\(milliseconds / 60_000) min"
        case ..<172_800_000: "\(milliseconds / 3_600_000) h"
        default: "\(milliseconds / 86_400_000) d"
        }
    }

    /// The time in UTC: `2026-11-23T12:03:59.250Z`.
    static func absolute(_ time: Date) -> String {
        // The fraction is formatted apart: as a part of a Double's seconds it may come out one less.
        let milliseconds = max(time.milliseconds, 0)
        let whole = Date(milliseconds: milliseconds - milliseconds % 1000).formatted(.iso8601)
        return String(format: "%@.%03dZ", String(whole.dropLast()), Int(milliseconds % 1000))
    }
}

extension JSONValue {
    /// A time, in milliseconds since 1970.
    static func time(_ time: Date) -> JSONValue { .integer(time.milliseconds) }

    /// A span, in milliseconds.
    static func span(_ span: Duration) -> JSONValue { .integer(span.milliseconds) }
}
