/// How a job is to be treated. What is `nil` is left to the next in line: the enqueue call, then ``Job/options``, then
/// the worker that runs it, then the defaults given here.
public struct JobOptions: Sendable, Hashable {
    /// The queue, 1 to 128 of `A-Z a-z 0-9 . _ -`. Default `default`.
    public var queue: String?
    /// From -100 to 100, higher runs first within a queue. Default 0.
    public var priority: Int?
    /// How often an attempt that threw is followed by another, 0 to 1,000. Default 5: six attempts in all.
    public var maxRetries: Int?
    /// How long one attempt may run. Then its task is cancelled and the attempt counts as failed. Default 10 minutes.
    public var timeLimit: Duration?
    /// The wait before the first retry; doubled for each further one. Default 15 seconds.
    public var backoff: Duration?
    /// The longest wait between retries. Default 1 hour. Each wait is drawn from 50 to 100 % of the computed one.
    public var maxBackoff: Duration?
    /// How long the finished job is kept in Redis, when that is less than the worker's retention. Zero keeps nothing.
    public var retention: Duration?
    /// What the job is about, for example `ldap-source/7`: 1 to 256 bytes. A job with none is *standalone*.
    public var object: String?

    public init(
        queue: String? = nil,
        priority: Int? = nil,
        maxRetries: Int? = nil,
        timeLimit: Duration? = nil,
        backoff: Duration? = nil,
        maxBackoff: Duration? = nil,
        retention: Duration? = nil,
        object: String? = nil
    ) {
        self.queue = queue
        self.priority = priority
        self.maxRetries = maxRetries
        self.timeLimit = timeLimit
        self.backoff = backoff
        self.maxBackoff = maxBackoff
        self.retention = retention
        self.object = object
    }

    /// These options, and those of `fallback` where these say nothing.
    package func or(_ fallback: JobOptions) -> JobOptions {
        JobOptions(
            queue: queue ?? fallback.queue,
            priority: priority ?? fallback.priority,
            maxRetries: maxRetries ?? fallback.maxRetries,
            timeLimit: timeLimit ?? fallback.timeLimit,
            backoff: backoff ?? fallback.backoff,
            maxBackoff: maxBackoff ?? fallback.maxBackoff,
            retention: retention ?? fallback.retention,
            object: object ?? fallback.object
        )
    }
}

extension JobOptions {
    /// - Throws: ``JobError`` with the code `invalid`, naming the field, the value and what would be right.
    func check() throws(JobError) {
        try Self.check("priority", priority, in: JobLimits.priority)
        try Self.check("max_retries", maxRetries, in: JobLimits.maxRetries)
        try Self.check("time_limit", timeLimit, in: JobLimits.timeLimit)
        try Self.check("backoff", backoff, in: JobLimits.span)
        try Self.check("backoff_max", maxBackoff, in: JobLimits.span)
        try Self.check("retention", retention, in: JobLimits.span)
        if let object, !JobLimits.objectBytes.contains(object.utf8.count) {
            throw .invalid("object", object, "use a text of 1 to 256 bytes")
        }
    }

    private static func check(_ field: String, _ value: Int?, in range: ClosedRange<Int>) throws(JobError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(field, "\(value)", "use a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    static func check(_ field: String, _ value: Duration?, in range: ClosedRange<Duration>) throws(JobError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(field, "\(value)", "use a duration from \(range.lowerBound) to 100 years")
    }

    /// As the enqueue script takes them, and schedules store them. The queue is not among them: the job's id has it.
    package var json: JSONObjectText {
        var object = JSONObjectText()
        if let priority { object.append(JobField.priority.rawValue, priority) }
        if let maxRetries { object.append(JobField.maxRetries.rawValue, maxRetries) }
        if let timeLimit { object.append(JobField.timeLimit.rawValue, timeLimit.milliseconds) }
        if let backoff { object.append(JobField.backoff.rawValue, backoff.milliseconds) }
        if let maxBackoff { object.append(JobField.maxBackoff.rawValue, maxBackoff.milliseconds) }
        if let retention { object.append(JobField.retention.rawValue, retention.milliseconds) }
        if let about = self.object { object.append(JobField.object.rawValue, about) }
        return object
    }
}
