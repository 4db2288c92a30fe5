internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletPrograms

/// A duration as `martlet.yaml` writes it: `500ms`, `30s`, `10m`, `2h`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }
}

/// A deadline: a duration from now, or an instant as ``TimeArgument`` takes it.
struct DeadlineArgument {
    let deadline: JobDeadline

    /// - Throws: `ValidationError`, with what would be right.
    init(_ argument: String) throws {
        if let duration = DurationText.parse(argument) {
            deadline = .after(duration)
        } else {
            deadline = .at(try TimeArgument(argument).date)
        }
    }
}

/// An instant: an ISO 8601 time, a day for its first moment in this machine's zone, or milliseconds since 1970.
struct TimeArgument {
    let date: Date

    /// - Throws: `ValidationError`, with what would be right.
    init(_ argument: String) throws {
        if let number = Double(argument) {
            date = Date(timeIntervalSince1970: try Self.milliseconds(number, argument) / 1000)
        } else if let parsed = try? Date(argument, strategy: .iso8601) {
            date = parsed
        } else if let day = argument.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)/)?.output {
            let parts = DateComponents(calendar: .current, year: Int(day.1), month: Int(day.2), day: Int(day.3))
            guard parts.isValidDate, let midnight = parts.date else {
                throw ValidationError("\"\(argument)\": there is no such day.")
            }
            date = midnight
        } else {
            throw ValidationError(
                "\"\(argument)\": write 2026-11-23T12:00:00Z, 2026-11-23 (midnight, here) or milliseconds since 1970."
            )
        }
    }

    /// Refuses a number that can't be meant as milliseconds.
    ///
    /// A time in seconds, read as milliseconds, is in January 1970, and a job that was to run in an hour would run at
    /// once.
    private static func milliseconds(_ number: Double, _ argument: String) throws -> Double {
        guard number.isFinite, abs(number) <= 253_402_300_799_999 else {
            throw ValidationError("\"\(argument)\": use milliseconds since 1970, from 1970 to 9999.")
        }
        guard number == 0 || abs(number) >= 1e11 else {
            let milliseconds = Int64(number.rounded()) * 1000
            throw ValidationError(
                "\"\(argument)\": as milliseconds that is within three years of 1970. Write "
                    + (milliseconds.magnitude >= 100_000_000_000
                        ? "\(milliseconds) if it is in seconds, for example with $(date +%s)000."
                        : "2026-11-23T12:00:00Z, 2026-11-23 (midnight, here) or milliseconds since 1970.")
            )
        }
        return number
    }
}
