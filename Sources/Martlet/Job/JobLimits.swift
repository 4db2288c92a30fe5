/// The least and the most that a job's options may be. `lua/include/options.lua` has the same numbers for callers in
/// other languages; a test compares them.
package enum JobLimits {
    package static let priority = -100...100
    package static let maxRetries = 0...1000
    /// Bytes of the text that says what a job is about.
    package static let objectBytes = 1...256
    package static let timeLimit = Duration.milliseconds(1)...Duration.longest
    /// A delay, a backoff, a retention.
    package static let span = Duration.zero...Duration.longest
    /// The time at which a job falls due, in milliseconds since 1970: up to the year 2286.
    package static let dueAt: ClosedRange<Int64> = 0...9_999_999_999_999
}

/// What holds for a job where neither its caller, nor its type, nor the worker says anything.
package enum JobDefaults {
    package static let queue = "default"
    package static let maxRetries = 5
    package static let timeLimit = Duration.seconds(600)
    package static let backoff = Duration.seconds(15)
    package static let maxBackoff = Duration.seconds(3600)
}
