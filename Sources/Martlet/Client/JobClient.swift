public import Logging
public import RedisClient
package import MartletScripts
internal import FoundationEssentials

/// The way in: enqueues jobs, from any task of the program.
///
/// ```swift
/// let jobs = try JobClient(redis: "redis://127.0.0.1:6379")
/// try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
/// try await jobs.enqueue(Reminder(id: 7), start: .after(.seconds(3600)))
/// ```
/// When `enqueue` has returned, the job is in Redis and will run at least once. It connects at first use, over one
/// connection that all callers share, and connects again by itself after a loss.
public final class JobClient: Sendable {
    package let store: JobStore
    package let logger: Logger
    package let payloadLimit: Int
    /// Takes jobs in the place of Redis: a spool, which sends them on.
    let intake: Intake?

    /// The most bytes that a payload may have where nobody says otherwise: 256 KiB.
    public static let defaultPayloadLimit = 256 << 10

    /// - Parameters:
    ///   - redis: `redis://`, `rediss://` (TLS) or `unix://`, with user, password and database number where needed.
    ///     Default: the environment's `MARTLET_REDIS_URL`, else `redis://127.0.0.1:6379`. Where it has no password, the
    ///     file that `MARTLET_REDIS_PASSWORD_FILE` names has it.
    ///   - prefix: what every key begins with, 1 to 128 of `A-Z a-z 0-9 . _ -`.
    ///   - payloadLimit: the most bytes that a payload may have.
    /// - Throws: ``JobError`` with the code `invalid` when the URL or the prefix is none.
    public convenience init(
        redis url: String? = nil,
        prefix: String = "martlet",
        payloadLimit: Int = JobClient.defaultPayloadLimit,
        logger: Logger = Logger(label: "martlet")
    ) throws(JobError) {
        try self.init(redis: url, prefix: prefix, payloadLimit: payloadLimit, logger: logger, intake: nil)
    }

    package convenience init(
        redis url: String?,
        prefix: String,
        payloadLimit: Int,
        logger: Logger,
        intake: Intake?
    ) throws(JobError) {
        let configuration: RedisConfiguration
        do throws(RedisError) {
            configuration = try RedisConfiguration(url: url, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw JobError(.invalid, error.message, redis: error)
        }
        try self.init(
            RedisClient(configuration, logger: logger),
            prefix: prefix,
            payloadLimit: payloadLimit,
            library: ScriptLibrary(),
            logger: logger,
            intake: intake
        )
    }

    /// The same with every setting of the connection.
    public convenience init(
        redis configuration: RedisConfiguration,
        prefix: String = "martlet",
        payloadLimit: Int = JobClient.defaultPayloadLimit,
        logger: Logger = Logger(label: "martlet")
    ) throws(JobError) {
        try self.init(
            RedisClient(configuration, logger: logger),
            prefix: prefix,
            payloadLimit: payloadLimit,
            library: ScriptLibrary(),
            logger: logger
        )
    }

    package init(
        _ redis: RedisClient,
        prefix: String,
        payloadLimit: Int = JobClient.defaultPayloadLimit,
        library: ScriptLibrary,
        logger: Logger,
        intake: Intake? = nil,
        tap: ScriptTap? = nil
    ) throws(JobError) {
        let prefix = try Name.checked(prefix, field: "prefix")
        self.store = JobStore(redis: redis, prefix: prefix, library: library, tap: tap)
        self.payloadLimit = payloadLimit
        self.intake = intake
        self.logger = logger
    }

    /// Reads and acts on what is there: the operator's side of the same connection.
    public var inspector: Inspector { Inspector(store: store) }

    /// Enqueues one job.
    ///
    /// - Parameters:
    ///   - id: an id of your own, 1 to 128 of `A-Z a-z 0-9 . _ -`. The same id twice gives the job that is there, so
    ///     a caller that does not know whether its call went through may repeat it.
    ///   - options: what differs from the options of the type.
    /// - Throws: ``JobError``: `invalid` (nothing was written), `unfit`, or `redis`; after that one the job may or may
    ///   not be in when ``RedisError/mayHaveBeenApplied`` is true.
    @discardableResult
    public func enqueue(
        _ job: some Job,
        id: String? = nil,
        options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) async throws(JobError) -> EnqueuedJob {
        let entered = try await enqueue([NewJob(job, id: id, options: options, start: start)])
        return entered[0]
    }

    /// Enqueues many jobs of one type.
    @discardableResult
    public func enqueue(
        _ jobs: some Collection<some Job>,
        options: JobOptions = JobOptions(),
        start: JobStart = .now
    ) async throws(JobError) -> [EnqueuedJob] {
        var new: [NewJob] = []
        new.reserveCapacity(jobs.count)
        for job in jobs {
            new.append(try NewJob(job, options: options, start: start))
        }
        return try await enqueue(new)
    }

    /// Enqueues many jobs of any types, options and queues.
    ///
    /// All are checked before the first is sent, so a bad one leaves nothing written. They go in batches of one queue;
    /// each batch is taken in whole or not at all, and when Redis fails between batches others may stay: call
    /// again with the same values, whose ids make that safe.
    @discardableResult
    public func enqueue(_ jobs: [NewJob]) async throws(JobError) -> [EnqueuedJob] {
        for job in jobs { try NewJob.check(payloadBytes: job.payload.count, limit: payloadLimit) }
        if let intake { return try await intake(jobs) }
        try await checkServer()
        if let first = jobs.first { try await store.checkRights(of: .enqueue, on: store.keys.queue(first.id.queue)) }
        var entered: [EnqueuedJob] = []
        entered.reserveCapacity(jobs.count)
        var start = 0
        // One is under way while the next is made ready, so that Redis has no pause between them.
        var pending: (batch: ArraySlice<NewJob>, call: PendingCall)?
        func take() async throws(JobError) {
            guard let (batch, call) = pending else { return }
            for (job, isNew) in zip(batch, try await store.enqueued(call)) {
                entered.append(EnqueuedJob(id: job.id, isNew: isNew))
            }
        }
        while start < jobs.count {
            let end = Self.endOfBatch(jobs, from: start)
            let batch = jobs[start..<end]
            let queue = jobs[start].id.queue
            try await register(queue)
            let call = store.startEnqueue(batch, queue: queue, payloadLimit: payloadLimit)
            try await take()
            pending = (batch, call)
            start = end
        }
        try await take()
        return entered
    }

    /// Closes the connection. Calls under way fail.
    public func close() async {
        await store.redis.close()
    }

    /// At most 500 jobs or 1 MiB of one queue: a script call of a few milliseconds.
    private static func endOfBatch(_ jobs: [NewJob], from start: Int) -> Int {
        var end = start
        var bytes = 0
        while end < jobs.count, end - start < 500, jobs[end].id.queue == jobs[start].id.queue, bytes < 1 << 20 {
            bytes += jobs[end].payload.count
            end += 1
        }
        return end
    }

    /// Puts the queue's name among those that operators see; once for each queue.
    package func register(_ queue: String) async throws(JobError) {
        guard !store.checks.hasListed(queue) else { return }
        try await store.listQueues([queue])
        store.checks.noteListed(queue)
    }

    /// Refuses a server that would lose jobs; once.
    package func checkServer() async throws(JobError) {
        guard !store.checks.isFit else { return }
        let report = try await inspector.fitness()
        try report.check()
        for warning in report.warnings {
            logger.warning("\(warning)")
        }
        store.checks.noteFit()
    }
}

/// What takes in jobs for a ``JobClient`` that does not send them itself.
package typealias Intake = @Sendable ([NewJob]) async throws(JobError) -> [EnqueuedJob]

/// A job that Redis has taken in, or the spool of a client that has one.
public struct EnqueuedJob: Sendable, Hashable {
    public let id: JobID
    /// False when a job with this id was there already; that one was left as it is. Also false when the call had to be
    /// sent again because its reply was lost, and the first sending had put the job in.
    public let isNew: Bool

    package init(id: JobID, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
}
