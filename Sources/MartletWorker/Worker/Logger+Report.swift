internal import Logging
internal import Martlet
internal import RedisClient

extension Logger {
    /// Logs that something did not work and will be tried again.
    ///
    /// The Redis client itself logs, once for all, that Redis can't be reached. What Redis refuses, such as a command
    /// that the user may not run, is logged as a warning each time.
    func report(_ error: JobError, _ message: Message, metadata: Metadata = [:]) {
        let isKnown = error.redis.map { [.connection, .timeout, .closed].contains($0.code) } ?? false
        log(level: isKnown ? .debug : .warning, message, metadata: metadata.merging(["error": "\(error)"]) { $1 })
    }
}
