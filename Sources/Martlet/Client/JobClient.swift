public import Logging
public import RedisClient
package import MartletScripts
internal import FoundationEssentials

/// The producer's side of Martlet: it enqueues jobs from any task of the program.
///
/// ```swift
/// let jobs = try JobClient(redis: "redis://127.0.0.1:6379")
/// try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
/// try await jobs.enqueue(Reminder(id: 7), start: .after(.seconds(3600)))
/// ```
/// When `enqueue` has returned, the job is in Redis and will run at least once. The client connects at its first use,
/// with one connection that all callers share, and connects again by itself after a loss.
public final class JobClient: Sendable {
    package let store: JobStore
    package let logger: Logger
    package let payloadLimit: Int
    /// The spool that takes jobs in place of Redis and sends them on; nil where they go to Redis directly.
    let intake: Intake?

    /// The most bytes that a payload may have where nobody says otherwise: 256 KiB.
    public static let defaultPayloadLimit = 256 << 10

    /// Makes a client from the URL of a Redis server.
    ///
    /// The URL is `redis://`, `rediss://` (TLS) or `unix://`, with user, password and database number where needed. The
    /// default is the environment's `MARTLET_REDIS_URL`, else `redis://127.0.0.1:6379`. Where the URL has no password,
    /// it is read from the file that `MARTLET_REDIS_PASSWORD_FILE` names.
    ///
    /// - Parameters:
    ///   - url: The server's URL.
    ///   - prefix: The text that every key begins with, 1 to 128 of `A-Z a-z 0-9 . _ -`.
    ///   - payloadLimit: The most bytes that a payload may have. Default: 256 KiB.
    ///   - logger: The logger for warnings about the server and the connection.
    /// - Throws: ``JobError`` with the code `invalid` when the URL or the prefix is not valid.
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

    /// Makes a client with every setting of the connection.
    ///
    /// - Throws: ``JobError`` with the code `invalid` when the prefix is not valid.
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

    /// The operator's side of the same connection: it reads and changes jobs, queues, schedules and workers.
    public var inspector: Inspector { Inspector(store: store) }

    /// Enqueues one job.
    ///
    /// The same `id` twice gives the job that exists already, so a caller that does not know whether its call went
    /// through may repeat it.
    ///
    /// - Parameters:
    ///   - job: The job, whose payload is encoded as JSON.
    ///   - id: An id of the caller's own, 1 to 128 of `A-Z a-z 0-9 . _ -`. Default: a new time-ordered id.
    ///   - options: The options that differ from those of the type.
    ///   - start: The time at which the job may start. Default: now.
    /// - Returns: The full id, and whether the job is new.
    /// - Throws: ``JobError`` with the code `invalid` (nothing was written), `unfit`, or `redis`. After `redis` the job
    ///   may or may not be enqueued where `RedisError.mayHaveBeenApplied` is true.
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

    /// Enqueues many jobs of one type, with the same options and start.
    ///
    /// - Throws: ``JobError`` as ``enqueue(_:)`` does.
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
    /// All jobs are checked before the first is sent, so one bad job leaves nothing written. They go in batches of one
    /// queue. Each batch is taken as a whole or not at all. When Redis fails between batches, earlier batches stay;
    /// calling again with the same values is safe, because their ids are the same.
    ///
    /// - Throws: ``JobError`` with the code `invalid` (nothing was written), `unfit`, or `redis`.
    @discardableResult
    public func enqueue(_ jobs: [NewJob]) async throws(JobError) -> [EnqueuedJob] {
        for job in jobs { try NewJob.check(payloadBytes: job.payload.count, limit: payloadLimit) }
        if let intake { return try await intake(jobs) }
        try await checkServer()
        if let first = jobs.first { try await store.checkRights(of: .enqueue, on: store.keys.queue(first.id.queue)) }
        var entered: [EnqueuedJob] = []
        entered.reserveCapacity(jobs.count)
        var start = 0
        // One batch is under way while the next is made ready, so that Redis has no pause between them.
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
        // The last batch is under way meanwhile.
        await store.lookAtReaders()
        try await take()
        return entered
    }

    /// Closes the connection; calls under way fail.
    public func close() async {
        await store.redis.close()
    }

    /// The end of the batch that begins at `start`: jobs of one queue, at most 500 or until they pass 1 MiB.
    ///
    /// A script call with such a batch takes a few milliseconds.
    private static func endOfBatch(_ jobs: [NewJob], from start: Int) -> Int {
        var end = start
        var bytes = 0
        while end < jobs.count, end - start < 500, jobs[end].id.queue == jobs[start].id.queue, bytes < 1 << 20 {
            bytes += jobs[end].payload.count
            end += 1
        }
        return end
    }

    /// Adds the queue's name to those that operators see, once for each queue and client, and looks who reads its jobs.
    package func register(_ queue: String) async throws(JobError) {
        guard !store.checks.hasListed(queue) else { return }
        try await store.listQueues([queue])
        await store.lookAtReaders()
        store.checks.noteListed(queue)
    }

    /// Throws for a server that would lose jobs, once for each client.
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

/// A function that takes jobs for a ``JobClient`` that does not send them to Redis itself.
package typealias Intake = @Sendable ([NewJob]) async throws(JobError) -> [EnqueuedJob]

/// A job that Redis, or the spool of a client that has one, has accepted.
public struct EnqueuedJob: Sendable, Hashable {
    /// The full id of the job, with its queue.
    public let id: JobID
    /// True when this call enqueued the job.
    ///
    /// False when a job with this id existed already; that one was left as it is. Also false when the call had to be
    /// sent again because its reply was lost, and the first sending had enqueued the job.
    public let isNew: Bool

    package init(id: JobID, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
}
