/// The options of a job.
///
/// An option that is `nil` is taken from the next in line: the enqueue call, then ``Job/options``, then the worker that
/// runs the job, then the default given here.
public struct JobOptions: Sendable, Hashable {
    /// The name of the queue, 1 to 128 of `A-Z a-z 0-9 . _ -`; the default is `default`.
    public var queue: String?
    /// The priority, from -100 to 100, of which a higher one runs first within a queue; the default is 0.
    public var priority: Int?
    /// The number of attempts that may follow attempts that threw, 0 to 1,000; the default is 5, which makes six
    /// attempts in all.
    public var maxRetries: Int?
    /// The time that one attempt may run; the default is 10 minutes.
    ///
    /// After it the attempt's task is cancelled, and the attempt counts as failed.
    public var timeLimit: Duration?
    /// The wait before the first retry, which is doubled for each further one; the default is 15 seconds.
    public var backoff: Duration?
    /// The longest wait between retries; the default is 1 hour.
    ///
    /// Each wait is drawn at random from 50 to 100 % of the computed one.
    public var maxBackoff: Duration?
    /// The time that the finished job is kept in Redis, where that is less than the worker's retention; zero keeps
    /// nothing.
    public var retention: Duration?
    /// The object that the job is about, for example `ldap-source/7`, 1 to 256 bytes.
    ///
    /// A job without an object that no schedule fired is *standalone*.
    public var object: String?

    /// The time from which on no attempt of the job starts; by default there is none.
    public var deadline: JobDeadline?

    /// Makes options; those that are not given stay `nil`.
    public init(
        queue: String? = nil,
        priority: Int? = nil,
        maxRetries: Int? = nil,
        timeLimit: Duration? = nil,
        backoff: Duration? = nil,
        maxBackoff: Duration? = nil,
        retention: Duration? = nil,
        object: String? = nil,
        deadline: JobDeadline? = nil
    ) {
        self.queue = queue
        self.priority = priority
        self.maxRetries = maxRetries
        self.timeLimit = timeLimit
        self.backoff = backoff
        self.maxBackoff = maxBackoff
        self.retention = retention
        self.object = object
        self.deadline = deadline
    }

    /// These options, with those of `fallback` where they are nil.
    package func or(_ fallback: JobOptions) -> JobOptions {
        JobOptions(
            queue: queue ?? fallback.queue,
            priority: priority ?? fallback.priority,
            maxRetries: maxRetries ?? fallback.maxRetries,
            timeLimit: timeLimit ?? fallback.timeLimit,
            backoff: backoff ?? fallback.backoff,
            maxBackoff: maxBackoff ?? fallback.maxBackoff,
            retention: retention ?? fallback.retention,
            object: object ?? fallback.object,
            deadline: deadline ?? fallback.deadline
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
        try deadline?.check()
    }

    private static func check(_ field: String, _ value: Int?, in range: ClosedRange<Int>) throws(JobError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(field, "\(value)", "use a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    static func check(_ field: String, _ value: Duration?, in range: ClosedRange<Duration>) throws(JobError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(field, "\(value)", "use a duration from \(range.lowerBound) to 100 years")
    }

    /// The options as the enqueue script takes them and schedules store them.
    ///
    /// The queue is left out: the job's id has it.
    package var json: JSONObjectText {
        var object = JSONObjectText()
        if let priority { object.append(JobField.priority.rawValue, priority) }
        if let maxRetries { object.append(JobField.maxRetries.rawValue, maxRetries) }
        if let timeLimit { object.append(JobField.timeLimit.rawValue, timeLimit.milliseconds) }
        if let backoff { object.append(JobField.backoff.rawValue, backoff.milliseconds) }
        if let maxBackoff { object.append(JobField.maxBackoff.rawValue, maxBackoff.milliseconds) }
        if let retention { object.append(JobField.retention.rawValue, retention.milliseconds) }
        if let about = self.object { object.append(JobField.object.rawValue, about) }
        if let deadline = deadline?.option { object.append(deadline.name, deadline.milliseconds) }
        return object
    }
}
