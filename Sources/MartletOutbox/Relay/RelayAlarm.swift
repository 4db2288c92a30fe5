internal import Logging
internal import Martlet

/// Logs at once, and then once a minute, why rows are not sent; and logs when they are sent again.
struct RelayAlarm {
    private let logger: Logger
    private let path: String
    private var cause: String?
    private var saidAt = ContinuousClock.now

    init(logger: Logger, path: String) {
        self.logger = logger
        self.path = path
    }

    mutating func raise(_ error: any Error, _ outbox: Outbox) async {
        let text = "\(error)"
        defer { cause = text }
        guard cause == nil || ContinuousClock.now - saidAt > .seconds(60) else { return }
        saidAt = .now
        // The cause is logged in any case. When the outbox itself can't be read, the number of waiting rows is unknown.
        let status = try? await outbox.status()
        logger.warning(
            "jobs wait in the outbox",
            metadata: [
                "error": "\(text)", "outbox": "\(path)", "pending": "\(status.map { "\($0.pending)" } ?? "unknown")",
                "oldest": "\(status.map { "\($0.oldest ?? .zero)" } ?? "unknown")",
            ]
        )
    }

    mutating func clear() {
        guard cause != nil else { return }
        cause = nil
        logger.notice("jobs go from the outbox to Redis again", metadata: ["outbox": "\(path)"])
    }
}
