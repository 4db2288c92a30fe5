internal import Martlet

/// The times after which an archiver moves and deletes jobs.
public struct ArchiverConfiguration: Sendable {
    /// The time that a finished job stays in Redis before it is moved; until then it can be restarted.
    ///
    /// Default 1 minute.
    public var after: Duration
    /// The time that a job stays in the archive after it finished.
    ///
    /// Default 90 days.
    public var retention: Duration
    /// The time between two looks when there is nothing to move.
    ///
    /// Default 5 seconds, or `after` when that is less.
    public var interval: Duration
    /// The lease: another archiver takes over this long after the last renewal of the one that moves jobs.
    package var lease = Duration.seconds(30)

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - after: the time that a finished job stays in Redis: 0 to 100 years.
    ///   - retention: the time that a job stays in the archive: 1 minute to 100 years.
    ///   - interval: the time between two looks: 1 millisecond to 100 years; nil for the default.
    public init(
        after: Duration = .seconds(60),
        retention: Duration = .seconds(90 * 86_400),
        interval: Duration? = nil
    ) {
        self.after = after
        self.retention = retention
        self.interval = interval ?? min(max(after, .milliseconds(200)), .seconds(5))
    }

    /// Checks each value.
    /// - Throws: ``JobError`` with the code `invalid`, which names the first value that is not acceptable.
    func check() throws(JobError) {
        for (field, value, least) in [
            ("archive after", after, Duration.zero), ("archive retention", retention, .seconds(60)),
            ("archive interval", interval, .milliseconds(1)),
        ] where !(least ... .longest).contains(value) {
            throw .invalid(field, "\(value)", "use \(least) to 100 years")
        }
    }
}
