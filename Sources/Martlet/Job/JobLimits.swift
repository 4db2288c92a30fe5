/// The bounds of a job's options.
///
/// `lua/include/options.lua` has the same numbers for callers in other languages; a test compares them.
package enum JobLimits {
    package static let priority = -100...100
    package static let maxRetries = 0...1000
    /// The bytes of the name of an object.
    package static let objectBytes = 1...256
    package static let timeLimit = Duration.milliseconds(1)...Duration.longest
    /// The bounds of a delay, a backoff and a retention.
    package static let span = Duration.zero...Duration.longest
    /// The time at which a job falls due, in milliseconds since 1970, up to the year 2286.
    package static let dueAt: ClosedRange<Int64> = 0...9_999_999_999_999
}

/// The options of a job where its caller, its type and the worker set none.
package enum JobDefaults {
    package static let queue = "default"
    package static let maxRetries = 5
    package static let timeLimit = Duration.seconds(600)
    package static let backoff = Duration.seconds(15)
    package static let maxBackoff = Duration.seconds(3600)
}
