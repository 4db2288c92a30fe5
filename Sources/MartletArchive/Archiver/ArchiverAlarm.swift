internal import Logging
internal import Martlet
internal import RedisClient

/// Logs at once, and then once a minute, why no jobs are moved; and logs when they are moved again.
struct ArchiverAlarm {
    private let logger: Logger
    private let path: String
    private var cause: String?
    private var saidAt = ContinuousClock.now

    init(logger: Logger, path: String) {
        self.logger = logger
        self.path = path
    }

    /// Logs the error, unless it did within the last minute.
    /// - Returns: the cause, for `martlet:archiver`; nil when Redis itself is away, which its client reports.
    mutating func raise(_ error: any Error) -> String? {
        if let error = error as? JobError, error.redis?.isOutage == true {
            logger.debug("no finished jobs moved: Redis is away", metadata: ["error": "\(error)"])
            return nil
        }
        let text = "\(error)"
        if text != cause || ContinuousClock.now - saidAt > .seconds(60) {
            logger.error("finished jobs are not moved to the archive", metadata: ["error": "\(text)"])
            saidAt = .now
        }
        cause = text
        return text
    }

    mutating func clear() {
        guard cause != nil else { return }
        cause = nil
        logger.notice("finished jobs are moved to the archive again", metadata: ["archive": "\(path)"])
    }
}
