internal import Martlet

/// How an archiver moves jobs.
public struct ArchiverConfiguration: Sendable {
    /// How long a finished job stays in Redis before it is moved. Default 1 minute. Until then it can be restarted.
    public var after: Duration
    /// How long it stays in the archive. Default 90 days.
    public var retention: Duration
    /// The rest between two looks when there is nothing to do. Default 5 seconds, or `after` when that is less.
    public var interval: Duration
    /// How long another archiver stands by after the last sign of life of the one that moves jobs.
    package var lease = Duration.seconds(30)

    public init(
        after: Duration = .seconds(60),
        retention: Duration = .seconds(90 * 86_400),
        interval: Duration? = nil
    ) {
        self.after = after
        self.retention = retention
        self.interval = interval ?? min(max(after, .milliseconds(200)), .seconds(5))
    }

    /// - Throws: ``JobError`` with the code `invalid`.
    func check() throws(JobError) {
        let century = Duration.seconds(3_155_760_000)
        for (field, value, least) in [
            ("archive after", after, Duration.zero), ("archive retention", retention, .seconds(60)),
            ("archive interval", interval, .milliseconds(1)),
        ] where !(least...century).contains(value) {
            throw .invalid(field, "\(value)", "use \(least) to 100 years")
        }
    }
}
