internal import ArgumentParser
internal import Foundation
internal import MartletCommands

/// A duration as `martlet.yaml` writes it: `500ms`, `30s`, `10m`, `2h`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }
}

/// An instant: ISO 8601, or milliseconds since 1970.
struct TimeArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        if let milliseconds = Double(argument) {
            date = Date(timeIntervalSince1970: milliseconds / 1000)
        } else if let parsed = try? Date(argument, strategy: .iso8601) {
            date = parsed
        } else {
            return nil
        }
    }
}
