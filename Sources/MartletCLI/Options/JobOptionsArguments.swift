internal import ArgumentParser
internal import Martlet

/// The options of a job, the same wherever a job is described.
struct JobOptionsArguments: ParsableArguments {
    @Option(parsing: .unconditional, help: "Run it before jobs of lower priority, from -100 to 100.")
    var priority: Int?
    @Option(help: "Retry at most this many times, 0 to 1000.")
    var maxRetries: Int?
    @Option(help: "Cut an attempt off after this time, for example 30s or 10m.")
    var timeLimit: DurationArgument?
    @Option(help: "Wait this long before the first retry, twice as long before each further one; 0s for no wait.")
    var backoff: DurationArgument?
    @Option(help: "Wait this long at most between two attempts. Default: 1h.")
    var backoffMax: DurationArgument?
    @Option(help: "Keep the finished job in Redis for this long at most; 0s keeps nothing.")
    var retention: DurationArgument?
    @Option(
        help: "Start no attempt from this long after it was enqueued on, for example 10m, or from this time on.",
        transform: DeadlineArgument.init
    )
    var deadline: DeadlineArgument?

    /// True when one of them is given.
    var isGiven: Bool {
        priority != nil || maxRetries != nil || deadline != nil
            || [timeLimit, backoff, backoffMax, retention].contains { $0 != nil }
    }

    func options(queue: String?, object: String?) -> JobOptions {
        JobOptions(
            queue: queue,
            priority: priority,
            maxRetries: maxRetries,
            timeLimit: timeLimit?.duration,
            backoff: backoff?.duration,
            maxBackoff: backoffMax?.duration,
            retention: retention?.duration,
            object: object,
            deadline: deadline?.deadline
        )
    }
}
