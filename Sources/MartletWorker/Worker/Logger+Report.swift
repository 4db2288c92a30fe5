internal import Logging
internal import Martlet
internal import RedisClient

extension Logger {
    /// Says that something did not work and will be tried again.
    ///
    /// That Redis can't be reached the client says itself, once for all; what Redis refuses, such as a command that the
    /// user may not run, is a warning each time.
    func report(_ error: JobError, _ message: Message, metadata: Metadata = [:]) {
        let isKnown = error.redis.map { [.connection, .timeout, .closed].contains($0.code) } ?? false
        log(level: isKnown ? .debug : .warning, message, metadata: metadata.merging(["error": "\(error)"]) { $1 })
    }
}
