internal import ArgumentParser

/// The options that say when a schedule is due, the same for `schedule set` and `schedule preview`.
struct CronOptions: ParsableArguments {
    @Option(
        help:
            "Fire at these times: minute hour day-of-month month day-of-week, six fields with seconds first, or @daily."
    )
    var cron: String?
    @Option(help: "In place of --cron: fire at this interval, for example 17h or 1h30m, whatever the time of day.")
    var every: String?
    @Option(
        help: "With --every: count the interval from this time, for example 2026-11-28T06:00:00Z. Default: 1970."
    )
    var anchor: String?

    func validate() throws {
        guard cron == nil || every == nil else { throw ValidationError("Give --cron or --every, not both.") }
        guard anchor == nil || every != nil else { throw ValidationError("--anchor goes with --every.") }
    }

    /// The expression that they give; nil without any of them.
    var expression: String? {
        guard let every else { return cron }
        return "@every \(every)" + (anchor.map { " from \($0)" } ?? "")
    }
}
