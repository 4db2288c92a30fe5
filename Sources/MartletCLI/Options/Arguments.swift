internal import ArgumentParser
internal import Foundation
internal import MartletPrograms

/// A duration as `martlet.yaml` writes it: `500ms`, `30s`, `10m`, `2h`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }
}

/// An instant: ISO 8601, a day for its first moment in this machine's zone, or milliseconds since 1970.
struct TimeArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        if let milliseconds = Double(argument) {
            date = Date(timeIntervalSince1970: milliseconds / 1000)
        } else if let parsed = try? Date(argument, strategy: .iso8601) {
            date = parsed
        } else if let day = argument.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)/)?.output {
            let parts = DateComponents(calendar: .current, year: Int(day.1), month: Int(day.2), day: Int(day.3))
            guard parts.isValidDate, let midnight = parts.date else { return nil }
            date = midnight
        } else {
            return nil
        }
    }
}
