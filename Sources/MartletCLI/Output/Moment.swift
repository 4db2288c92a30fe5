internal import Foundation
internal import Martlet

/// Times and spans as people read them.
enum Moment {
    /// `12:03:59.250` of a log line, in UTC as all that is beside it.
    static func clock(_ time: Date) -> String {
        String(absolute(time).dropFirst(11).dropLast())
    }

    /// `3 min ago` or `in 41 s`, seen from `now`.
    static func relative(_ time: Date, now: Date) -> String {
        time > now ? "in \(span(from: now, to: time))" : "\(span(from: time, to: now)) ago"
    }

    /// Tells how long ago something happened: `3 min ago`.
    ///
    /// A time after `now` counts as now.
    static func ago(_ time: Date, now: Date) -> String {
        relative(min(time, now), now: now)
    }

    /// Both: `2026-11-23T12:03:59.250Z (3 min ago)`.
    static func both(_ time: Date, now: Date) -> String {
        "\(absolute(time)) (\(relative(time, now: now)))"
    }

    /// From one moment to another; `0 ms` when that is back in time.
    static func span(from start: Date, to end: Date) -> String {
        span(max(.zero, end.duration(since: start)))
    }

    /// `250 ms`, `41 s`, `3 min`, `2 h`, `5 d`.
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

    /// `2026-11-23T12:03:59.250Z`.
    static func absolute(_ time: Date) -> String {
        // The fraction apart: as a part of a Double's seconds it may come out one less.
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
